import { Button } from "@mantine/core";
import type { DeadLetterView } from "../../api/schema";
import { text } from "../../text";
import { ConfirmButton } from "../../ui/ConfirmButton";
import classes from "./DeadLetters.module.css";
import { useDecide } from "./useDecide";

const SHOWN = 3;

/** Messages between the services that could not be handled, for an admin to decide about. */
export function DeadLetters({ letters }: { letters: readonly DeadLetterView[] }) {
  const { decide, deciding } = useDecide();
  return (
    <ul className={classes.letters}>
      {letters.slice(0, SHOWN).map((letter) => (
        <li key={letter.id} className={classes.letter}>
          <div className={classes.about}>
            <div>{letter.reason}</div>
            <div className={classes.queue}>{text.dashboard.letterFrom(letter.queue)}</div>
          </div>
          <Button
            variant="default"
            size="compact-sm"
            loading={deciding === letter.id}
            onClick={() => decide({ id: letter.id, decision: "retry" })}
          >
            {text.dashboard.letterRetry}
          </Button>
          <ConfirmButton
            question={text.dashboard.letterDiscardHelp}
            action={text.dashboard.letterDiscard}
            onConfirm={() => decide({ id: letter.id, decision: "discard" })}
          >
            {(opener) => (
              <Button variant="subtle" color="gray" size="compact-md" {...opener}>
                {text.dashboard.letterDiscard}
              </Button>
            )}
          </ConfirmButton>
        </li>
      ))}
    </ul>
  );
}
