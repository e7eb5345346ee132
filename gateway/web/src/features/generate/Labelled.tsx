import { Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { text } from "../../text";
import classes from "./Labelled.module.css";
import type { Field } from "./workflow";

/** A field's label, with its help for those who point at it, or reach it with the keyboard. */
export function Labelled({ field: { title, unit, help } }: { field: Field }) {
  const label = unit === undefined || unit === title.toLowerCase() ? title : `${title} (${unit})`;
  if (help === undefined) return label;
  return (
    <>
      {label}
      <Tooltip label={help} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
        <span className={classes.help} tabIndex={0} role="img" aria-label={text.form.help(help)}>
          <IconInfoCircle size={14} aria-hidden />
        </span>
      </Tooltip>
    </>
  );
}
