/** The history's filters, as they stand in the address. */
import type { JobStatus, JobView } from "../../api/schema";
import { LONGEST_SEARCH, wordsIn } from "../../ui/wordsIn";

export const STATUSES = [
  "pending",
  "running",
  "completed",
  "failed",
  "cancelled",
] as const satisfies readonly JobStatus[];

export interface HistorySearch {
  q?: string;
  status?: JobStatus[];
}

export function historySearchOf({ q, status }: Record<string, unknown>): HistorySearch {
  const named: unknown[] = Array.isArray(status) ? status : [status];
  const wanted = STATUSES.filter((one) => named.includes(one));
  return searchWith(wordsIn(q), wanted);
}

/** What would let everything through is left out of the address. */
export function searchWith(q: string, status: readonly JobStatus[]): HistorySearch {
  const words = q.slice(0, LONGEST_SEARCH);
  const isChoice = status.length > 0 && status.length < STATUSES.length;
  return {
    ...(words.trim() !== "" ? { q: words } : {}),
    ...(isChoice ? { status: STATUSES.filter((one) => status.includes(one)) } : {}),
  };
}

/** Whether the server would list this job: what came live is held to the same filters. */
export function lets(search: HistorySearch, job: Pick<JobView, "prompt" | "status">): boolean {
  if (search.status && !search.status.includes(job.status)) return false;
  return job.prompt.toLowerCase().includes((search.q ?? "").toLowerCase());
}
