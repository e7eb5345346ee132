import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  title: string;
  body?: string;
  icon?: ReactNode;
  children?: ReactNode;
}

/** Where there is nothing to show: why, and what to do about it. */
export function Empty({ title, body, icon, children }: Props) {
  return (
    <div className={classes.empty}>
      {icon && <div className={classes.icon}>{icon}</div>}
      <h2>{title}</h2>
      {body && <p className={classes.body}>{body}</p>}
      {children}
    </div>
  );
}
