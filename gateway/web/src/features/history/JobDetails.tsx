import { Skeleton } from "@mantine/core";
import { $api } from "../../api/client";
import { proper } from "../../api/problems";
import type { JobView } from "../../api/schema";
import { text } from "../../text";
import { LoadFailed } from "../../ui/LoadFailed";
import { useParameters } from "../content/useParameters";
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
  const { negative, ...others } = text.history.facts;
  const facts = [
    { title: negative, lines: [job.negative_prompt] },
    ...useParameters(job.params),
    { title: others.tags, lines: [job.tags.join(", ")] },
    { title: others.attempts, lines: [String(job.attempt)] },
    { title: others.warnings, lines: job.warnings.map(proper) },
    { title: others.id, lines: [job.id] },
  ].filter(({ lines }) => lines.some((line) => line !== ""));
  return (
    <div className={classes.details}>
      <dl className={classes.facts}>
        {facts.map(({ title, lines }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              {lines.map((line, index) => (
                <div key={index}>{line}</div>
              ))}
            </dd>
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
