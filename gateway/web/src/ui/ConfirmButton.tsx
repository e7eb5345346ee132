import { Button, Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { text } from "../text";
import { DANGER } from "../theme";
import classes from "./ConfirmButton.module.css";

interface Opener {
  onClick: () => void;
  "aria-haspopup": "dialog";
  "aria-expanded": boolean;
}

interface Props {
  question: string;
  /** What is done, in the words of the second button. */
  action: string;
  onConfirm: () => void;
  /** The first button; it gets what makes it open the question. */
  children: (opener: Opener) => ReactNode;
}

/** Asks once, in place, before what cannot be undone. */
export function ConfirmButton({ question, action, onConfirm, children }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      width={280}
      shadow="lg"
      withArrow
      trapFocus
      returnFocus
      withRoles={false} // they would be the span's, and belong to the button in it
    >
      <Popover.Target>
        <span>
          {children({
            onClick: () => setIsOpen(!isOpen),
            "aria-haspopup": "dialog",
            "aria-expanded": isOpen,
          })}
        </span>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} role="dialog" aria-label={question}>
        <p className={classes.question}>{question}</p>
        <div className={classes.buttons}>
          <Button variant="default" size="xs" data-autofocus onClick={close}>
            {text.confirm.no}
          </Button>
          <Button
            size="xs"
            color={DANGER}
            onClick={() => {
              close();
              onConfirm();
            }}
          >
            {action}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
