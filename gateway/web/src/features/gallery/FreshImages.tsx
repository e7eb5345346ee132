import { Button, Transition } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { text } from "../../text";
import classes from "./FreshImages.module.css";

/** Says, further down, that there is something new at the top. */
export function FreshImages({ count }: { count: number }) {
  return (
    <div className={classes.place} role="status">
      <Transition mounted={count > 0} transition="slide-down" duration={140}>
        {(style) => (
          <Button
            className={classes.button}
            style={style}
            radius="xl"
            leftSection={<IconArrowUp size={16} />}
            onClick={() => scrollTo({ top: 0 })}
          >
            {text.gallery.fresh(count)}
          </Button>
        )}
      </Transition>
    </div>
  );
}
