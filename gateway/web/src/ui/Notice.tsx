import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Notice.module.css";

export type Tone = "info" | "warn" | "danger";

interface Props {
  tone: Tone;
  title: string;
  body?: string | null;
  children?: ReactNode;
}

/** Something to know before the rest of the page. */
export function Notice({ tone, title, body, children }: Props) {
  const Icon = tone === "info" ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={classes.notice} data-tone={tone}>
      <Icon size={20} stroke={1.75} className={classes.icon} aria-hidden />
      <div className={classes.about}>
        <p className={classes.title}>{title}</p>
        {body && <p className={classes.body}>{body}</p>}
        {children && <div className={classes.more}>{children}</div>}
      </div>
    </div>
  );
}
