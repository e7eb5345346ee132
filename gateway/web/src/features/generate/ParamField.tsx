import { NumberInput, Switch, Textarea } from "@mantine/core";
import type { ModelsView } from "../../api/schema";
import { asNumber, asText } from "./asInput";
import { ChoiceField } from "./ChoiceField";
import type { Draft } from "./draft";
import { namedAs } from "./Labelled";
import { LorasField } from "./LorasField";
import type { Faults } from "./request";
import { type Field, optionsOf } from "./workflow";

export interface ParamProps {
  draft: Draft;
  models: ModelsView | undefined;
  faults: Faults;
  onChange: (name: string, value: unknown) => void;
}

/** The input for one parameter of a workflow, whichever workflow that is. */
export function ParamField({
  field,
  draft,
  models,
  faults,
  onChange,
}: ParamProps & { field: Field }) {
  const value = draft.params[field.name];
  const error = faults[`params.${field.name}`];
  const change = (next: unknown) => onChange(field.name, next);
  const name = namedAs(field);
  switch (field.kind) {
    case "choice":
      return (
        <ChoiceField
          field={field}
          options={optionsOf(field, models)}
          value={value}
          error={error}
          onChange={change}
        />
      );
    case "loras":
      return (
        <LorasField field={field} models={models} value={value} faults={faults} onChange={change} />
      );
    case "boolean":
      return (
        <Switch
          {...name}
          error={error}
          checked={Boolean(value ?? field.default)}
          onChange={({ currentTarget }) => change(currentTarget.checked)}
        />
      );
    case "text":
      return (
        <Textarea
          {...name}
          autosize
          error={error}
          placeholder={asText(field.default)}
          value={asText(value)}
          onChange={({ currentTarget }) => change(currentTarget.value)}
        />
      );
    case "integer":
    case "number":
    case "seed":
      return (
        <NumberInput
          {...name}
          error={error}
          placeholder={asText(field.default)}
          value={asNumber(value)}
          step={stepOf(field)}
          allowDecimal={field.kind === "number"}
          onChange={(next) => change(next === "" ? null : next)}
          // What is out of bounds is said, not silently changed.
          clampBehavior="none"
          {...(field.minimum === undefined ? {} : { min: field.minimum })}
          {...(field.maximum === undefined ? {} : { max: field.maximum })}
        />
      );
  }
}

function stepOf({ kind, multipleOf, minimum = 0, maximum = Infinity }: Field): number {
  if (multipleOf !== undefined) return multipleOf;
  if (kind !== "number") return 1;
  return maximum - minimum <= 1 ? 0.05 : 0.5;
}
