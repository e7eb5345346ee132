import { $api } from "../../api/client";
import { problemIn } from "../../api/problems";

/** The job that made an item; null: it was imported. */
export function useJobOf(jobId: string | null) {
  const { data, error } = $api.useQuery(
    "get",
    "/api/v1/generation-jobs/{job_id}",
    { params: { path: { job_id: jobId ?? "" } } },
    { enabled: jobId !== null, staleTime: Infinity }, // it is final
  );
  const isGone = problemIn(error)?.status === 404;
  return { job: data, isGone, hasFailed: error !== null && !isGone };
}
