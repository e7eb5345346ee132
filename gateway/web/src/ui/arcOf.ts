import type { JobView } from "../api/schema";

/** How far a job is, as the arc of a ring; one of no length would be drawn as a dot. */
export function arcOf(job: Pick<JobView, "progress"> | undefined) {
  const value = 100 * (job?.progress ?? 0);
  return value > 0 ? [{ value, color: "var(--accent)" }] : [];
}
