import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconRefresh, IconTrash, IconWand } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { LiveJob } from "../../live/JobStore";
import { useJobActions } from "../../live/useJobActions";
import { text } from "../../text";
import { CancelButton } from "../../ui/CancelButton";
import { ConfirmButton } from "../../ui/ConfirmButton";
import { useGenerateAgain } from "../generate/useGenerateAgain";
import { actionsOf } from "./actions";
import classes from "./RowActions.module.css";
import { useTellHidden } from "./useTellHidden";

interface Props {
  job: LiveJob;
  isRetried: boolean;
  /** What goes before them. */
  children: ReactNode;
}

/** What may be done with a job now. */
export function RowActions({ job, isRetried, children }: Props) {
  const { retry, remove, isBusy } = useJobActions(job, useTellHidden());
  const generateAgain = useGenerateAgain();
  const actions = actionsOf(job);
  const named = (action: string) => `${action}: ${job.prompt || text.job.noPrompt}`;
  return (
    <div className={classes.actions}>
      {children}
      {actions.includes("cancel") && <CancelButton job={job} />}
      {actions.includes("retry") && !isRetried && (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconRefresh size={16} />}
          aria-label={named(text.job.retry)}
          loading={isBusy}
          onClick={retry}
        >
          {text.job.retry}
        </Button>
      )}
      {actions.includes("again") && (
        <Tooltip label={text.history.again}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={named(text.history.again)}
            onClick={() => generateAgain(job)}
          >
            <IconWand size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      )}
      {actions.includes("remove") && (
        <ConfirmButton
          question={job.content_id == null ? text.history.removeJob : text.history.removeMade}
          action={text.job.remove}
          onConfirm={remove}
        >
          {(opener) => (
            <Tooltip label={text.job.remove}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={named(text.job.remove)}
                loading={isBusy}
                {...opener}
              >
                <IconTrash size={18} stroke={1.75} />
              </ActionIcon>
            </Tooltip>
          )}
        </ConfirmButton>
      )}
    </div>
  );
}
