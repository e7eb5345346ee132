import { Button, Popover } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { text } from "../text";
import classes from "./ConfirmButton.module.css";

interface Props {
  question: string;
  /** What is done, in the words of the second button. */
  action: string;
  onConfirm: () => void;
  /** The first button; it gets what opens the question. */
  children: (open: () => void) => ReactNode;
}

/** Asks once, in place, before what cannot be undone. */
export function ConfirmButton({ question, action, onConfirm, children }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <Popover opened={isOpen} onChange={setIsOpen} width={280} shadow="lg" withArrow trapFocus>
      <Popover.Target>
        <span>{children(() => setIsOpen(!isOpen))}</span>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={question}>
        <p className={classes.question}>{question}</p>
        <div className={classes.buttons}>
          <Button variant="default" size="xs" onClick={close}>
            {text.confirm.no}
          </Button>
          <Button
            size="xs"
            className={classes.confirm}
            data-autofocus
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
