import type { JobEventView } from "../../api/schema";
import { text } from "../../text";
import { failureWords } from "../../ui/JobFailure";
import classes from "./Timeline.module.css";

/** What happened to a job, in order. */
export function Timeline({ events }: { events: readonly JobEventView[] }) {
  return (
    <ol className={classes.timeline}>
      {events.map((event) => (
        <li key={event.version} className={classes.event}>
          <time dateTime={event.at} title={new Date(event.at).toLocaleString("en-GB")}>
            {new Date(event.at).toLocaleTimeString("en-GB")}
          </time>
          <span>{eventWords(event)}</span>
        </li>
      ))}
    </ol>
  );
}

export function eventWords({ type, attempt, worker_id, detail }: JobEventView): string {
  const names: Readonly<Record<string, string>> = text.history.events;
  const name = (Object.hasOwn(names, type) ? names[type] : null) ?? type;
  const parts = [attempt > 1 ? text.history.attempt(name, attempt) : name];
  if (worker_id !== null) parts.push(text.history.on(worker_id));
  if (typeof detail?.code === "string") parts.push(failureWords({ code: detail.code }));
  return parts.join(" · ");
}
