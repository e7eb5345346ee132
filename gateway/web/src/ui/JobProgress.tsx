import { Progress } from "@mantine/core";
import { proper } from "../api/problems";
import type { LiveJob } from "../live/JobStore";
import { text } from "../text";
import classes from "./JobProgress.module.css";

/** How far an unfinished job is, as a bar and in words. */
export function JobProgress({ job }: { job: LiveJob }) {
  const words = progressWords(job);
  const percent = Math.round((job.progress ?? 0) * 100);
  const isDrawing = job.status === "running" && job.progress != null;
  return (
    <div className={classes.progress}>
      {job.status === "running" && (
        <Progress.Root size={5} transitionDuration={180} className={classes.bar}>
          <Progress.Section
            value={isDrawing ? percent : 100}
            animated={!isDrawing}
            color={isDrawing ? "var(--accent)" : "var(--line)"}
            // Mantine's own would say "100%" of what has not begun.
            withAria={false}
            role="progressbar"
            aria-label={text.job.progress}
            aria-valuetext={words}
            {...(isDrawing ? { "aria-valuenow": percent } : {})}
          />
        </Progress.Root>
      )}
      <span className={classes.words}>{words}</span>
    </div>
  );
}

export function progressWords(job: LiveJob): string {
  if (job.status === "pending") {
    if (job.waiting_for && job.waiting_for.kind !== "worker") {
      return proper(job.waiting_for.detail);
    }
    if (job.queue_position != null) return text.job.place(job.queue_position);
    return job.waiting_for ? proper(job.waiting_for.detail) : text.job.waiting;
  }
  if (job.progress == null) return text.job.starting;
  if (job.progress >= 1) return text.job.storing;
  if (job.step != null && job.steps != null) return text.job.step(job.step, job.steps);
  return text.job.percent(job.progress);
}
