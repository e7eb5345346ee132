import { Autocomplete, Select } from "@mantine/core";
import { text } from "../../text";
import { asText } from "./asInput";
import { namedAs } from "./Labelled";
import type { Field } from "./workflow";

const MOST_SHOWN = 100; // search narrows it down

interface Props {
  field: Field;
  options: string[];
  value: unknown;
  error: string | undefined;
  onChange: (value: string | null) => void;
}

/** One of what there is; where nobody says what there is, any name. */
export function ChoiceField({ field, options, value, error, onChange }: Props) {
  const chosen = asText(value);
  const fallback = asText(field.default) || options[0] || "";
  const common = {
    ...namedAs(field),
    error,
    placeholder: fallback && text.form.byDefault(fallback),
    limit: MOST_SHOWN,
  };
  if (options.length === 0) {
    return (
      <Autocomplete
        {...common}
        description={text.form.unknownOptions}
        value={chosen}
        onChange={onChange}
      />
    );
  }
  // A name that has gone since stays visible: the server will say so, in its words.
  const known = chosen === "" || options.includes(chosen) ? options : [chosen, ...options];
  return (
    <Select
      {...common}
      data={known}
      value={chosen || null}
      searchable
      clearable
      nothingFoundMessage={text.form.noneFound}
      onChange={onChange}
    />
  );
}
