import { Button } from "@mantine/core";
import { proper } from "../../api/problems";
import type { LiveJob } from "../../live/JobStore";
import { useJobActions } from "../../live/useJobActions";
import { text } from "../../text";
import { CancelButton } from "../../ui/CancelButton";
import { JobFailure } from "../../ui/JobFailure";
import { JobProgress } from "../../ui/JobProgress";
import classes from "./StatusRow.module.css";

interface Props {
  index: number;
  job: LiveJob;
  onDismiss: () => void;
}

export function StatusRow({ index, job, onDismiss }: Props) {
  const { retry, isBusy } = useJobActions(job);
  const isFailed = job.status === "failed";
  return (
    <li className={classes.row} data-index={index} data-status={job.status}>
      <span className={classes.mark} aria-hidden />
      <div className={classes.about}>
        <div className={classes.prompt} title={job.prompt}>
          {job.prompt || text.job.noPrompt}
        </div>
        {isFailed ? <JobFailure job={job} /> : <JobProgress job={job} />}
        {job.warnings.map((warning) => (
          <div key={warning} className={classes.warning}>
            {proper(warning)}
          </div>
        ))}
      </div>
      {isFailed ? (
        <div className={classes.actions}>
          <Button variant="default" size="xs" loading={isBusy} onClick={retry}>
            {text.job.retry}
          </Button>
          <Button variant="subtle" color="gray" size="xs" onClick={onDismiss}>
            {text.job.dismiss}
          </Button>
        </div>
      ) : (
        <CancelButton job={job} />
      )}
    </li>
  );
}
