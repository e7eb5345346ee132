/** What may be done with a job, by what became of it. */
import type { JobView } from "../../api/schema";

export type Action = "open" | "cancel" | "retry" | "again" | "remove";

type Asked = Pick<JobView, "status" | "content_id" | "content_deleted_at">;

export function actionsOf(job: Asked): Action[] {
  switch (job.status) {
    case "pending":
    case "running":
      return ["cancel"];
    case "completed":
      return isOpenable(job) ? ["open", "again", "remove"] : ["again", "remove"];
    case "failed":
    case "cancelled":
      return ["retry", "again", "remove"];
  }
}

function isOpenable(job: Asked): boolean {
  return job.content_id != null && job.content_deleted_at == null;
}
