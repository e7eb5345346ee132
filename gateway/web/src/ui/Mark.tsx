import type { ReactNode } from "react";
import classes from "./Mark.module.css";

/** A word or two beside a name. */
export function Mark({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={classes.mark} title={title}>
      {children}
    </span>
  );
}
