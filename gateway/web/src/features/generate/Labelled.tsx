import { Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { text } from "../../text";
import classes from "./Labelled.module.css";
import type { Field } from "./workflow";

/** A field's label, with its help for those who point at it, or reach it with the keyboard. */
export function Labelled({ field }: { field: Field }) {
  if (field.help === undefined) return labelOf(field);
  return (
    <>
      {labelOf(field)}
      <Tooltip
        label={field.help}
        multiline
        maw={280}
        events={{ hover: true, focus: true, touch: true }}
      >
        <span
          className={classes.help}
          tabIndex={0}
          role="img"
          aria-label={text.form.help(field.help)}
        >
          <IconInfoCircle size={14} aria-hidden />
        </span>
      </Tooltip>
    </>
  );
}

/** For a field's input: the help in its label is no part of its name. */
export function namedAs(field: Field) {
  return {
    label: <Labelled field={field} />,
    "aria-label": labelOf(field),
    ...(field.help === undefined ? {} : { "aria-description": field.help }),
  };
}

function labelOf({ title, unit }: Field): string {
  return unit === undefined || unit === title.toLowerCase() ? title : `${title} (${unit})`;
}
