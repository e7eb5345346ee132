import { ActionIcon, Input, NumberInput, SegmentedControl, Tooltip } from "@mantine/core";
import { IconArrowsLeftRight } from "@tabler/icons-react";
import { text } from "../../text";
import { asNumber } from "./asInput";
import type { ParamProps } from "./ParamField";
import { ShapeIcon } from "./ShapeIcon";
import classes from "./SizeField.module.css";
import { baseOf, baseSizes, shapeOf, shapes, type Size, sizeOf } from "./sizes";
import type { Field } from "./workflow";

interface Props extends ParamProps {
  width: Field;
  height: Field;
}

export function SizeField({ width, height, draft, faults, onChange }: Props) {
  const size: Size = { width: valueOf(width, draft.params), height: valueOf(height, draft.params) };
  const shape = shapeOf(size);
  const step = width.multipleOf ?? 1;
  const set = (next: Size) => {
    onChange(width.name, next.width);
    onChange(height.name, next.height);
  };
  const input = (field: Field) => (
    <NumberInput
      aria-label={`${field.title} (${field.unit ?? ""})`}
      value={asNumber(draft.params[field.name] ?? field.default)}
      step={step}
      allowDecimal={false}
      clampBehavior="none"
      error={faults[`params.${field.name}`] !== undefined}
      onChange={(next) => onChange(field.name, next === "" ? null : next)}
    />
  );
  return (
    <Input.Wrapper
      label={text.form.size}
      labelElement="div"
      error={faults[`params.${width.name}`] ?? faults[`params.${height.name}`]}
    >
      <div className={classes.shapes} role="group" aria-label={text.form.shape}>
        {shapes.map(({ name, ratio }) => (
          <button
            key={name}
            type="button"
            className={classes.shape}
            aria-pressed={shape?.name === name}
            onClick={() => set(sizeOf(ratio, baseOf(size), step))}
          >
            <ShapeIcon ratio={ratio} />
            {name}
          </button>
        ))}
      </div>
      <div className={classes.sides}>
        {input(width)}
        <Tooltip label={text.form.swap}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={text.form.swap}
            onClick={() => set({ width: size.height, height: size.width })}
          >
            <IconArrowsLeftRight size={15} />
          </ActionIcon>
        </Tooltip>
        {input(height)}
        <SegmentedControl
          aria-label={text.form.baseSize}
          data={baseSizes.map((base) => ({ value: String(base), label: String(base) }))}
          value={String(baseOf(size))}
          onChange={(base) =>
            set(sizeOf(shape?.ratio ?? size.width / size.height, Number(base), step))
          }
        />
      </div>
    </Input.Wrapper>
  );
}

const FALLBACK = 512; // while a side is being typed, or was never given

function valueOf(field: Field, params: Record<string, unknown>): number {
  const value = params[field.name] ?? field.default;
  return typeof value === "number" && value > 0 ? value : FALLBACK;
}
