import { ActionIcon, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { text } from "../text";

export function CopyButton({ value, label }: { value: string; label: string }) {
  const { copy, copied } = useClipboard();
  return (
    <Tooltip label={copied ? text.copy.copied : label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={copied ? text.copy.copied : label}
        onClick={() => copy(value)}
      >
        {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}
