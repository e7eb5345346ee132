import { ActionIcon, NumberInput, Switch, Tooltip } from "@mantine/core";
import { IconDice5, IconX } from "@tabler/icons-react";
import { text } from "../../text";
import { asNumber } from "./asInput";
import { namedAs } from "./Labelled";
import type { ParamProps } from "./ParamField";
import classes from "./SeedField.module.css";
import { type Field, isEmpty } from "./workflow";

interface Props extends ParamProps {
  field: Field;
  keepSeed: boolean;
  onKeepSeed: (keepSeed: boolean) => void;
}

export function SeedField({ field, draft, faults, onChange, keepSeed, onKeepSeed }: Props) {
  const value = draft.params[field.name];
  const set = (seed: number | string | null) => onChange(field.name, seed);
  return (
    <div data-wide>
      <div className={classes.row}>
        <NumberInput
          className={classes.input}
          {...namedAs(field)}
          placeholder={text.form.seedRandom}
          error={faults[`params.${field.name}`]}
          value={asNumber(value)}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          clampBehavior="none"
          onChange={(next) => set(next === "" ? null : next)}
          rightSection={
            !isEmpty(value) && (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={text.form.seedClear}
                onClick={() => set(null)}
              >
                <IconX size={14} />
              </ActionIcon>
            )
          }
        />
        <Tooltip label={text.form.seedDraw}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={text.form.seedDraw}
            onClick={() => set(drawSeed())}
          >
            <IconDice5 size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </div>
      <Switch
        className={classes.keep}
        size="sm"
        label={text.form.seedKeep}
        checked={keepSeed}
        onChange={({ currentTarget }) => onKeepSeed(currentTarget.checked)}
      />
    </div>
  );
}

/** As large as the gateway draws them: 53 bits. */
function drawSeed(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 21) * 2 ** 32 + low;
}
