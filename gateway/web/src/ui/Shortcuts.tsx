import { ActionIcon, Kbd, Popover, Tooltip } from "@mantine/core";
import { IconKeyboard } from "@tabler/icons-react";
import { text } from "../text";
import classes from "./Shortcuts.module.css";

interface Shortcut {
  keys: string[];
  does: string;
}

/** Tells a page's keys. */
export function Shortcuts({ shortcuts }: { shortcuts: readonly Shortcut[] }) {
  return (
    <Popover position="bottom-end" shadow="lg">
      <Popover.Target>
        <Tooltip label={text.keys.title}>
          <ActionIcon
            className={classes.button}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={text.keys.title}
          >
            <IconKeyboard size={19} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>
        <dl className={classes.list}>
          {shortcuts.map(({ keys, does }) => (
            <div key={does} className={classes.line}>
              <dt>{does}</dt>
              <dd className={classes.keys}>
                {keys.map((key) => (
                  <Kbd key={key}>{key}</Kbd>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  );
}
