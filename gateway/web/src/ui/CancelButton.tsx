import { ActionIcon, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { JobView } from "../api/schema";
import { useJobActions } from "../live/useJobActions";
import { text } from "../text";

export function CancelButton({ job }: { job: JobView }) {
  const { cancel, isBusy } = useJobActions(job);
  return (
    <Tooltip label={text.job.cancel}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${text.job.cancel}: ${job.prompt}`}
        loading={isBusy}
        onClick={cancel}
      >
        <IconX size={17} />
      </ActionIcon>
    </Tooltip>
  );
}
