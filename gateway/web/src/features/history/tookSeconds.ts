import type { JobView } from "../../api/schema";

/** From its start to its end; null: it was never both. */
export function tookSeconds({
  started_at,
  finished_at,
}: Pick<JobView, "started_at" | "finished_at">): number | null {
  if (started_at == null || finished_at == null) return null;
  return Math.max(0, (Date.parse(finished_at) - Date.parse(started_at)) / 1000);
}
