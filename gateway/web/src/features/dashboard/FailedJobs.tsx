import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { JobView } from "../../api/schema";
import { useJobActions } from "../../live/useJobActions";
import { text } from "../../text";
import { failureWords } from "../../ui/JobFailure";
import classes from "./FailedJobs.module.css";

const SHOWN = 2;

interface Props {
  jobs: readonly JobView[];
  onDismiss: (jobIds: readonly string[]) => void;
}

export function FailedJobs({ jobs, onDismiss }: Props) {
  return (
    <>
      <ul className={classes.jobs}>
        {jobs.slice(0, SHOWN).map((job) => (
          <FailedJob key={job.id} job={job} />
        ))}
      </ul>
      <div className={classes.end}>
        <Link to="/generate/history" search={{ status: ["failed"] }} className={classes.all}>
          {text.dashboard.allFailures}
        </Link>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          onClick={() => onDismiss(jobs.map((job) => job.id))}
        >
          {jobs.length === 1 ? text.job.dismiss : text.dashboard.dismissAll}
        </Button>
      </div>
    </>
  );
}

function FailedJob({ job }: { job: JobView }) {
  const { retry, isBusy } = useJobActions(job);
  return (
    <li className={classes.job}>
      <div className={classes.about}>
        <div className={classes.prompt}>{job.prompt || text.job.noPrompt}</div>
        {job.error && <div className={classes.words}>{failureWords(job.error)}</div>}
      </div>
      <Button
        variant="default"
        size="compact-sm"
        aria-label={`${text.job.retry}: ${job.prompt}`}
        loading={isBusy}
        onClick={retry}
      >
        {text.job.retry}
      </Button>
    </li>
  );
}
