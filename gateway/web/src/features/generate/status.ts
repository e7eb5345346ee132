/** What Generation Status shows of all jobs. */
import type { LiveJob } from "../../live/JobStore";

export interface Shown {
  running: LiveJob[];
  /** Next first. */
  pending: LiveJob[];
  /** Newest first: not dismissed, and not tried again since. */
  failed: LiveJob[];
}

/** `jobs` newest first. */
export function shownOf(jobs: readonly LiveJob[], dismissed: readonly string[]): Shown {
  const retried = new Set(jobs.map((job) => job.retry_of));
  return {
    running: jobs.filter(({ status }) => status === "running").toReversed(),
    pending: jobs.filter(({ status }) => status === "pending").sort(byPlace),
    failed: jobs.filter(
      ({ id, status }) => status === "failed" && !dismissed.includes(id) && !retried.has(id),
    ),
  };
}

function byPlace(a: LiveJob, b: LiveJob): number {
  const place = (job: LiveJob) => job.queue_position ?? Infinity;
  if (place(a) !== place(b)) return place(a) - place(b);
  return a.id < b.id ? -1 : 1;
}
