import type { ContentDetail } from "../../api/schema";
import { text } from "../../text";
import { CopyButton } from "../../ui/CopyButton";
import classes from "./Facts.module.css";
import { JobTimeline } from "./JobTimeline";
import { fileWords, lengthWords, momentWords } from "./measures";
import panel from "./SidePanel.module.css";
import { useJobOf } from "./useJobOf";

/** When and how it came to be. */
export function JobFacts({ item }: { item: ContentDetail }) {
  const { job, isGone, hasFailed } = useJobOf(item.job_id);
  const facts = [
    [text.content.created, momentWords(item.created_at)],
    job?.started_at && job.finished_at
      ? [text.content.took, lengthWords(job.started_at, job.finished_at)]
      : null,
    job?.started_at ? [text.content.waited, lengthWords(job.created_at, job.started_at)] : null,
    job ? [text.content.attempts, String(job.attempt)] : null,
    [text.content.file, fileWords(item)],
  ].filter((fact) => fact !== null);
  return (
    <section>
      <h2 className={panel.heading}>{text.content.made}</h2>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {item.job_id !== null && (
          <div className={classes.fact}>
            <dt>{text.content.job}</dt>
            <dd>
              <div title={item.job_id}>…{item.job_id.slice(-12)}</div>
              <CopyButton value={item.job_id} label={text.content.copyJob} />
            </dd>
          </div>
        )}
      </dl>
      {item.job_id === null && <p className={classes.note}>{text.content.imported}</p>}
      {isGone && <p className={classes.note}>{text.content.jobGone}</p>}
      {hasFailed && <p className={classes.note}>{text.content.jobUnknown}</p>}
      {job && <JobTimeline jobId={job.id} />}
    </section>
  );
}
