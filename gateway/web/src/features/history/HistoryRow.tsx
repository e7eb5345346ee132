import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { useState } from "react";
import type { LiveJob } from "../../live/JobStore";
import { isFinal } from "../../live/JobStore";
import { text } from "../../text";
import { JobFailure } from "../../ui/JobFailure";
import { JobProgress } from "../../ui/JobProgress";
import { When } from "../../ui/When";
import classes from "./HistoryRow.module.css";
import { JobDetails } from "./JobDetails";
import { JobThumb } from "./JobThumb";
import { RowActions } from "./RowActions";
import { tookSeconds } from "./tookSeconds";

interface Props {
  job: LiveJob;
  /** There is a newer job that tries the same again. */
  isRetried: boolean;
}

export function HistoryRow({ job, isRetried }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const Chevron = isOpen ? IconChevronUp : IconChevronDown;
  const seconds = tookSeconds(job);
  return (
    <article className={classes.row} aria-label={job.prompt || text.job.noPrompt}>
      <JobThumb job={job} />
      <div className={classes.about}>
        <p className={classes.prompt} title={job.prompt}>
          {job.prompt || text.job.noPrompt}
        </p>
        <div className={classes.facts}>
          <span className={classes.status} data-status={job.status}>
            {text.status[job.status]}
          </span>
          <When at={job.created_at} />
          {seconds !== null && <span>{text.history.took(seconds)}</span>}
          {isRetried && <span>{text.history.retried}</span>}
        </div>
        {!isFinal(job) && <JobProgress job={job} />}
        <JobFailure job={job} />
      </div>
      <RowActions job={job} isRetried={isRetried}>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          aria-expanded={isOpen}
          rightSection={<Chevron size={14} aria-hidden />}
          onClick={() => setIsOpen(!isOpen)}
        >
          {text.history.more}
        </Button>
      </RowActions>
      {isOpen && <JobDetails key={job.version} job={job} />}
    </article>
  );
}
