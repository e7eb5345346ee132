import { useState } from "react";
import { $api } from "../../api/client";
import { sentenceOf } from "../../api/problems";
import { text } from "../../text";
import { Timeline } from "../history/Timeline";
import classes from "./Facts.module.css";

/** Every event of a job, read when somebody wants to see them. */
export function JobTimeline({ jobId }: { jobId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const { data, error } = $api.useQuery(
    "get",
    "/api/v1/generation-jobs/{job_id}/events",
    { params: { path: { job_id: jobId } } },
    { enabled: isOpen },
  );
  return (
    <details className={classes.timeline} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{text.content.timeline}</summary>
      {error && <p className={classes.note}>{sentenceOf(error)}</p>}
      {data && <Timeline events={data.items} />}
    </details>
  );
}
