import { ActionIcon, Button, Input, NumberInput, Select, Tooltip } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { ModelsView } from "../../api/schema";
import { text } from "../../text";
import { asNumber } from "./asInput";
import { Labelled } from "./Labelled";
import classes from "./LorasField.module.css";
import type { Faults } from "./request";
import type { Field } from "./workflow";

export interface Lora {
  name: string;
  strength_model: number;
  strength_clip: number;
}

interface Props {
  field: Field;
  models: ModelsView | undefined;
  value: unknown;
  faults: Faults;
  onChange: (value: Lora[]) => void;
}

export function LorasField({ field, models, value, faults, onChange }: Props) {
  const loras = lorasOf(value);
  const offered = models?.loras ?? [];
  const place = `params.${field.name}`;
  const change = (index: number, changes: Partial<Lora>) =>
    onChange(loras.map((lora, at) => (at === index ? { ...lora, ...changes } : lora)));
  const faultOf = (index: number) =>
    Object.entries(faults).find(([name]) => name.startsWith(`${place}.${index}`))?.[1];
  const next = offered.find((name) => loras.every((lora) => lora.name !== name)) ?? offered[0];

  return (
    <Input.Wrapper label={<Labelled field={field} />} error={faults[place]} labelElement="div">
      {loras.map((lora, index) => (
        <div key={index} className={classes.row}>
          <Select
            aria-label={text.form.loraName(index + 1)}
            data={offered.includes(lora.name) ? offered : [lora.name, ...offered]}
            value={lora.name}
            searchable
            allowDeselect={false}
            error={faultOf(index)}
            limit={100}
            nothingFoundMessage={text.form.noneFound}
            onChange={(name) => name && change(index, { name })}
          />
          <Tooltip label={text.form.loraStrengthHelp}>
            <NumberInput
              aria-label={text.form.loraStrength(lora.name)}
              value={asNumber(lora.strength_model)}
              step={0.1}
              min={-10}
              max={10}
              decimalScale={2}
              onChange={(strength) => {
                if (typeof strength !== "number") return;
                change(index, { strength_model: strength, strength_clip: strength });
              }}
            />
          </Tooltip>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={text.form.loraRemove(lora.name)}
            onClick={() => onChange(loras.filter((_, at) => at !== index))}
          >
            <IconX size={16} />
          </ActionIcon>
        </div>
      ))}
      <div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconPlus size={14} />}
          disabled={next === undefined}
          title={next === undefined ? text.form.noLoras : undefined}
          onClick={() =>
            next && onChange([...loras, { name: next, strength_model: 1, strength_clip: 1 }])
          }
        >
          {text.form.addLora}
        </Button>
      </div>
    </Input.Wrapper>
  );
}

/** What is stored may be of an older form, or somebody else's. */
export function lorasOf(value: unknown): Lora[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one: unknown): one is Lora => {
    if (typeof one !== "object" || one === null) return false;
    return "name" in one && typeof one.name === "string" && one.name !== "";
  });
}
