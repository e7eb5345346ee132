/**
 * What needs a hand, as rules from what is known to notices. Each rule is a function of its own:
 * a new fact of the stats is a new rule in the table at the end.
 */
import type { DeadLetterView, JobView, StatsView, WorkerView } from "../../api/schema";
import { workerState } from "./workerState";

export interface Situation {
  stats: StatsView;
  /** Failed jobs that are known, and any others that may be a new try of one. */
  jobs: readonly JobView[];
  /** Failed jobs that somebody has seen and let go. */
  dismissed: readonly string[];
  /** Empty for whoever may not decide about them. */
  deadLetters: readonly DeadLetterView[];
  now: number;
}

export type NoticeOf =
  | { kind: "noWorker"; lastSeen: WorkerView | null }
  | { kind: "allDraining"; waiting: number }
  | { kind: "worker"; worker: WorkerView; isOnly: boolean }
  | { kind: "failures"; jobs: JobView[] }
  | { kind: "deadLetters"; letters: DeadLetterView[] }
  | { kind: "storage"; freeBytes: number }
  | { kind: "restartToUse"; url: string }
  | { kind: "simulated" };

type Rule = (situation: Situation) => NoticeOf[];

const noWorker: Rule = ({ stats: { workers } }) => {
  if (workers.some((worker) => worker.is_live)) return [];
  const lastSeen = workers.toSorted(
    (a, b) => Date.parse(b.last_seen_at) - Date.parse(a.last_seen_at),
  );
  return [{ kind: "noWorker", lastSeen: lastSeen[0] ?? null }];
};

const workersInTrouble: Rule = ({ stats: { workers } }) => {
  const live = workers.filter((worker) => worker.is_live);
  const canWork = live.filter((worker) => ["ready", "busy"].includes(workerState(worker)));
  return live
    .filter((worker) => ["stopped", "ailing"].includes(workerState(worker)))
    .map((worker) => ({ kind: "worker", worker, isOnly: canWork.length === 0 }));
};

/** Somebody wanted it so; but while jobs wait, it is good to know. */
const allDraining: Rule = ({ stats: { workers, waiting } }) => {
  const live = workers.filter((worker) => worker.is_live);
  const isSo = live.length > 0 && live.every((worker) => worker.wanted === "drain");
  return isSo && waiting > 0 ? [{ kind: "allDraining", waiting }] : [];
};

const failedToday: Rule = ({ jobs, dismissed, now }) => {
  const today = new Date(now).toISOString().slice(0, 10); // UTC, as the counts are
  const settled = new Set([...dismissed, ...jobs.map((job) => job.retry_of)]);
  const failed = jobs.filter(
    (job) =>
      job.status === "failed" &&
      job.finished_at?.startsWith(today) === true &&
      !settled.has(job.id),
  );
  return failed.length > 0 ? [{ kind: "failures", jobs: failed }] : [];
};

const undecided: Rule = ({ deadLetters }) => {
  const letters = deadLetters.filter((one) => one.settled_at === null && one.decision === null);
  return letters.length > 0 ? [{ kind: "deadLetters", letters }] : [];
};

const nearlyFull: Rule = ({ stats: { storage } }) =>
  storage.is_nearly_full && storage.free_bytes !== null
    ? [{ kind: "storage", freeBytes: storage.free_bytes }]
    : [];

/** A ComfyUI that has come since is worth more than the word that there is none. */
const simulated: Rule = ({ stats: { simulated, restart_to_use: url } }) => {
  if (url !== null) return [{ kind: "restartToUse", url }];
  return simulated ? [{ kind: "simulated" }] : [];
};

/** The most pressing first. */
const RULES: readonly Rule[] = [
  noWorker,
  workersInTrouble,
  allDraining,
  nearlyFull,
  undecided,
  failedToday,
  simulated,
];

export function noticesOf(situation: Situation): NoticeOf[] {
  return RULES.flatMap((rule) => rule(situation));
}
