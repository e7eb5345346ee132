import { Skeleton } from "@mantine/core";
import { $api } from "../../api/client";
import type { JobView } from "../../api/schema";
import { text } from "../../text";
import { LoadFailed } from "../../ui/LoadFailed";
import { factsOf } from "./facts";
import classes from "./JobDetails.module.css";
import { Timeline } from "./Timeline";

/** All that was asked for, and what happened since. */
export function JobDetails({ job }: { job: JobView }) {
  const params = { path: { job_id: job.id } };
  const events = $api.useQuery(
    "get",
    "/api/v1/generation-jobs/{job_id}/events",
    { params },
    { staleTime: 0 }, // each new version is a new event
  );
  return (
    <div className={classes.details}>
      <dl className={classes.facts}>
        {factsOf(job).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section>
        <h3 className={classes.title}>{text.history.timeline}</h3>
        {events.isPending && <Skeleton height={64} />}
        {events.error && <LoadFailed error={events.error} onRetry={() => void events.refetch()} />}
        {events.data && <Timeline events={events.data.items} />}
      </section>
    </div>
  );
}
