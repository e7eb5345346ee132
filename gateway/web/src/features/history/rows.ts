/** Which jobs the history shows: what was listed, as it is now, and what has come since. */
import type { JobView } from "../../api/schema";
import type { LiveJob } from "../../live/JobStore";
import { type HistorySearch, lets } from "./search";

interface Known {
  listed: readonly JobView[];
  /** Whether the list goes on below what was read. */
  hasMore: boolean;
  live: readonly LiveJob[];
  newest: (job: JobView) => LiveJob | null;
}

/** Newest first. Ids are UUIDs of version 7: their order is the order of creation. */
export function historyRows({ listed, hasMore, live, newest }: Known, search: HistorySearch) {
  const oldest = hasMore ? listed.at(-1)?.id : "";
  const listedIds = new Set(listed.map((job) => job.id));
  const shown = new Map<string, LiveJob>();
  for (const job of listed) {
    const now = newest(job);
    if (now && lets(search, now)) shown.set(job.id, now);
  }
  for (const job of live) {
    // An older one has its place further down, which was not read yet.
    const isAbove = oldest !== undefined && job.id > oldest;
    if (isAbove && !listedIds.has(job.id) && lets(search, job)) shown.set(job.id, job);
  }
  return [...shown.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}
