import { Button, TextInput } from "@mantine/core";
import { useClipboard, useId } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { text } from "../text";
import classes from "./CopyField.module.css";

/** Something to take along: one click copies it, or selects it where a page may not copy. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { copied, copy, error } = useClipboard();
  const id = useId();
  return (
    <div className={classes.field}>
      <TextInput
        id={id}
        label={label}
        value={value}
        readOnly
        className={classes.input}
        classNames={{ input: classes.value }}
        description={error ? text.copy.byHand : undefined}
        inputWrapperOrder={["label", "input", "description"]}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button
        variant="default"
        className={classes.copy}
        leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        aria-label={`${text.copy.copy}: ${label}`}
        onClick={() => {
          copy(value);
          document.querySelector<HTMLInputElement>(`#${id}`)?.select();
        }}
      >
        <span aria-live="polite">{copied ? text.copy.copied : text.copy.copy}</span>
      </Button>
    </div>
  );
}
