/**
 * What a job's state is: the one place that holds the snapshot-and-version rule.
 *
 * What is older than what is held is dropped; an equal version replaces it. A removed job stays
 * removed. Whatever order, whatever copies: the newest version wins, and a final state never goes.
 */
import type { JobView } from "../api/schema";
import type { ProgressFrame, QueueFrame } from "./frames";

export interface LiveJob extends JobView {
  step?: number | null;
  steps?: number | null;
}

const MOST_FINISHED = 2000; // that are kept in a tab which stays open for days

export function isFinal(job: Pick<JobView, "status">): boolean {
  return job.status !== "pending" && job.status !== "running";
}

export class JobStore {
  private jobs = new Map<string, LiveJob>();
  private removed = new Set<string>();
  private listeners = new Set<() => void>();
  private sorted: readonly LiveJob[] | null = null;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  get = (id: string): LiveJob | undefined => this.jobs.get(id);

  /** Newest first. The same array until something changes. */
  all = (): readonly LiveJob[] => {
    // Ids are UUIDs of version 7: their order is the order of creation.
    this.sorted ??= [...this.jobs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    return this.sorted;
  };

  /** The newest that is known: what is held, or else `job` as it came in some list. */
  newest = (job: JobView): LiveJob | null => {
    if (this.removed.has(job.id)) return null;
    const held = this.jobs.get(job.id);
    return held && held.version >= job.version ? held : job;
  };

  take(...jobs: JobView[]) {
    if (jobs.map((job) => this.put(job)).some(Boolean)) this.changed();
  }

  /** Returns the unfinished ones that a feed's snapshot does not list: ended or removed meanwhile. */
  takeFeed(jobs: readonly JobView[]): string[] {
    const listed = new Set(jobs.map((job) => job.id));
    this.take(...jobs);
    return this.all()
      .filter((job) => !isFinal(job) && !listed.has(job.id))
      .map((job) => job.id);
  }

  takeProgress({ job_id, version, value, step, steps }: ProgressFrame) {
    const held = this.jobs.get(job_id);
    if (held?.status !== "running" || held.version !== version) return;
    if (value < (held.progress ?? 0)) return;
    this.set({ ...held, progress: value, step, steps });
    this.changed();
  }

  takeQueue({ positions }: QueueFrame) {
    for (const [id, position] of Object.entries(positions)) {
      const held = this.jobs.get(id);
      if (held?.status === "pending") this.set({ ...held, queue_position: position });
    }
    this.changed();
  }

  remove(...ids: string[]) {
    for (const id of ids) {
      this.jobs.delete(id);
      this.removed.add(id);
    }
    this.changed();
  }

  /** Nothing of one person's is shown to the next. */
  clear() {
    this.jobs.clear();
    this.removed.clear();
    this.changed();
  }

  /** The image of a job was deleted: the job stays, and has none. */
  forgetContent(contentId: number) {
    const held = [...this.jobs.values()].find((job) => job.content_id === contentId);
    if (!held) return;
    this.set({ ...held, image_url: null, thumbnail_url: null });
    this.changed();
  }

  private put(job: JobView): boolean {
    const held = this.jobs.get(job.id);
    if (this.removed.has(job.id) || (held && held.version > job.version)) return false;
    this.set(held?.version === job.version ? sameMoment(held, job) : job);
    return true;
  }

  private set(job: LiveJob) {
    this.jobs.set(job.id, job);
    this.sorted = null;
  }

  private changed() {
    this.sorted = null;
    this.forgetOldest();
    for (const listener of this.listeners) listener();
  }

  private forgetOldest() {
    if (this.jobs.size <= 2 * MOST_FINISHED) return;
    const old = this.all().filter(isFinal).slice(MOST_FINISHED);
    for (const job of old) this.jobs.delete(job.id);
    this.sorted = null;
  }
}

/** Of the same version the one that came later is right, but progress never runs backwards. */
function sameMoment(held: LiveJob, job: JobView): LiveJob {
  if (job.status !== "running") return job;
  const isAhead = (job.progress ?? 0) > (held.progress ?? 0);
  if (isAhead) return job; // whose step is not told: an old one would not fit
  return { ...job, progress: held.progress ?? null, ...steps(held) };
}

function steps({ step, steps }: LiveJob): Pick<LiveJob, "step" | "steps"> {
  return step === undefined || steps === undefined ? {} : { step, steps };
}
