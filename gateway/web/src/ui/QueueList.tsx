import { Link } from "@tanstack/react-router";
import type { LiveJob } from "../live/JobStore";
import { text } from "../text";
import { CancelButton } from "./CancelButton";
import { JobProgress } from "./JobProgress";
import classes from "./QueueList.module.css";

const SHOWN = 8;

export function QueueList({ jobs, onLeave }: { jobs: readonly LiveJob[]; onLeave: () => void }) {
  return (
    <>
      <div className={classes.head}>
        <h2>{text.queue.title}</h2>
        <Link to="/generate/history" className={classes.all} onClick={onLeave}>
          {text.queue.all}
        </Link>
      </div>
      {jobs.length === 0 && <p className={classes.empty}>{text.queue.empty}</p>}
      <ul className={classes.list}>
        {jobs.slice(0, SHOWN).map((job) => (
          <li key={job.id} className={classes.job}>
            <div className={classes.about}>
              <div className={classes.prompt}>{job.prompt || text.job.noPrompt}</div>
              <JobProgress job={job} />
            </div>
            <CancelButton job={job} />
          </li>
        ))}
      </ul>
      {jobs.length > SHOWN && (
        <p className={classes.empty}>{text.queue.more(jobs.length - SHOWN)}</p>
      )}
    </>
  );
}
