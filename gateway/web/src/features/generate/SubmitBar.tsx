import { Button, NumberInput, Tooltip } from "@mantine/core";
import { useState } from "react";
import { text } from "../../text";
import { MOST_AT_ONCE } from "./draft";
import classes from "./SubmitBar.module.css";

interface Props {
  count: number;
  onCount: (count: number) => void;
  onReset: () => void;
  isBusy: boolean;
}

export function SubmitBar({ count, onCount, onReset, isBusy }: Props) {
  const [isEmpty, setIsEmpty] = useState(false); // while a number is being typed
  return (
    <div className={classes.bar}>
      <Tooltip label={text.form.submitHint}>
        <Button type="submit" size="md" className={classes.submit} loading={isBusy}>
          {text.form.submit}
        </Button>
      </Tooltip>
      <Tooltip label={text.form.countHelp}>
        <NumberInput
          aria-label={text.form.count}
          className={classes.count}
          size="md"
          min={1}
          max={MOST_AT_ONCE}
          allowDecimal={false}
          value={isEmpty ? "" : count}
          onBlur={() => setIsEmpty(false)}
          prefix="× "
          onChange={(next) => {
            setIsEmpty(next === "");
            if (typeof next === "number" && next >= 1) onCount(Math.min(next, MOST_AT_ONCE));
          }}
        />
      </Tooltip>
      <Button variant="subtle" color="gray" size="md" px="sm" onClick={onReset}>
        {text.form.reset}
      </Button>
    </div>
  );
}
