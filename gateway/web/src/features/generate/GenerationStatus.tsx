import { useState } from "react";
import { useJobs } from "../../live/LiveContext";
import { text } from "../../text";
import { keepDismissed, readDismissed } from "./dismissed";
import classes from "./GenerationStatus.module.css";
import { StatusRow } from "./StatusRow";
import { shownOf } from "./status";

const MOST_PENDING = 3; // the images below are what people look at
const MOST_FAILED = 5;

/** What is being made for this person now, and what went wrong lately. */
export function GenerationStatus() {
  const jobs = useJobs();
  const [dismissed, setDismissed] = useState(readDismissed);
  const { running, pending, failed } = shownOf(jobs, dismissed);
  const dismiss = (id: string) => {
    const next = [...dismissed, id];
    keepDismissed(next);
    setDismissed(next);
  };
  const rows = [...running, ...pending.slice(0, MOST_PENDING), ...failed.slice(0, MOST_FAILED)];
  const further = pending.length - MOST_PENDING;
  return (
    <section aria-label={text.generate.status}>
      <h2 className={classes.title}>{text.generate.status}</h2>
      {rows.length === 0 ? (
        <p className={classes.idle}>{text.generate.idle}</p>
      ) : (
        <ul className={classes.list}>
          {rows.map((job) => (
            <StatusRow key={job.id} job={job} onDismiss={() => dismiss(job.id)} />
          ))}
          {further > 0 && <li className={classes.further}>{text.generate.further(further)}</li>}
        </ul>
      )}
    </section>
  );
}
