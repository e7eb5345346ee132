import { Button } from "@mantine/core";
import { IconWand } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { text } from "../../text";
import classes from "./FirstRun.module.css";

const PAPER = [1.5, 0.67, 1];

/** Nothing was made yet: sheets of paper, waiting for light. */
export function FirstRun({ isFirst }: { isFirst: boolean }) {
  return (
    <section className={classes.first}>
      <div className={classes.sheets} aria-hidden>
        {PAPER.map((ratio) => (
          <div key={ratio} className={classes.sheet} style={{ flexGrow: ratio }} />
        ))}
      </div>
      <div className={classes.words}>
        <h2 className={classes.title}>{text.dashboard.first.title(isFirst)}</h2>
        <p className={classes.body}>{text.dashboard.first.body}</p>
        <Button component={Link} to="/generate" size="md" leftSection={<IconWand size={18} />}>
          {text.dashboard.generate}
        </Button>
      </div>
    </section>
  );
}
