import { useRef } from "react";
import { useJobs } from "../../live/LiveContext";
import { text } from "../../text";
import { CancelAllButton } from "../../ui/CancelAllButton";
import { useFocusInPlace } from "../../ui/useFocusInPlace";
import { useDismissed } from "./dismissed";
import classes from "./GenerationStatus.module.css";
import { StatusRow } from "./StatusRow";
import { shownOf } from "./status";

const MOST_PENDING = 3; // the images below are what people look at
const MOST_FAILED = 5;

/** What is being made for this person now, and what went wrong lately. */
export function GenerationStatus() {
  const jobs = useJobs();
  const [dismissed, dismiss] = useDismissed();
  const { running, pending, failed } = shownOf(jobs, dismissed);
  const list = useRef<HTMLUListElement>(null);
  useFocusInPlace(list);
  const rows = [...running, ...pending.slice(0, MOST_PENDING), ...failed.slice(0, MOST_FAILED)];
  const further = pending.length - MOST_PENDING;
  return (
    <section aria-label={text.generate.status}>
      <div className={classes.head}>
        <h2>{text.generate.status}</h2>
        <CancelAllButton />
      </div>
      {rows.length === 0 ? (
        <p className={classes.idle}>{text.generate.idle}</p>
      ) : (
        <ul ref={list} className={classes.list}>
          {rows.map((job, index) => (
            <StatusRow key={job.id} index={index} job={job} onDismiss={() => dismiss([job.id])} />
          ))}
          {further > 0 && <li className={classes.further}>{text.generate.further(further)}</li>}
        </ul>
      )}
    </section>
  );
}
