import { IconAlertTriangle } from "@tabler/icons-react";
import type { JobError, JobView } from "../api/schema";
import { text } from "../text";
import classes from "./JobFailure.module.css";

// Whose message is ComfyUI's own; of the others it is Darkroom's.
const SAID_BY_COMFYUI = new Set(["refused", "execution_error", "out_of_memory", "device_error"]);

/** What became of a job that failed: in words, where, and what was said of it. */
export function JobFailure({ job }: { job: JobView }) {
  const { error } = job;
  if (job.status !== "failed" || !error) return null;
  const where = placeOf(error);
  return (
    <div className={classes.failure}>
      <IconAlertTriangle size={17} className={classes.icon} aria-hidden />
      <div className={classes.about}>
        <p className={classes.words}>{failureWords(error)}</p>
        {(where !== null || !error.retryable) && (
          <p className={classes.where}>
            {[where, error.retryable ? null : text.job.wouldFailAgain]
              .filter((part) => part !== null)
              .join(" ")}
          </p>
        )}
        {error.message !== "" && (
          <details className={classes.details}>
            <summary>
              {SAID_BY_COMFYUI.has(error.code) ? text.job.details : text.job.reported}
            </summary>
            <pre className={classes.message} tabIndex={0}>
              {error.message}
            </pre>
          </details>
        )}
      </div>
    </div>
  );
}

export function failureWords(error: Pick<JobError, "code">): string {
  const known: Readonly<Record<string, string>> = text.failure;
  return (Object.hasOwn(known, error.code) ? known[error.code] : null) ?? text.failure.other;
}

function placeOf({ node_type, node_id }: JobError): string | null {
  const named = node_type ?? node_id;
  if (named == null || named === "") return null;
  return text.job.atNode(node_type && node_id ? `${node_type} (${node_id})` : named);
}
