import { text } from "../../text";
import { Notice } from "../../ui/Notice";
import { When } from "../../ui/When";
import { DeadLetters } from "./DeadLetters";
import { FailedJobs } from "./FailedJobs";
import type { NoticeOf } from "./notices";
import { workerState } from "./workerState";

interface Props {
  notice: NoticeOf;
  onDismiss: (jobIds: readonly string[]) => void;
}

export function NoticeLine({ notice, onDismiss }: Props) {
  const words = text.dashboard.notices;
  switch (notice.kind) {
    case "noWorker":
      return (
        <Notice tone="danger" title={words.noWorker} body={words.noWorkerHelp}>
          {notice.lastSeen && (
            <span>
              {words.lastSeen(notice.lastSeen.id)} <When at={notice.lastSeen.last_seen_at} />
            </span>
          )}
        </Notice>
      );
    case "worker": {
      const title =
        workerState(notice.worker) === "ailing"
          ? words.ailing(notice.worker.id)
          : words.stopped(notice.worker.id);
      const tone = notice.isOnly ? "danger" : "warn";
      return <Notice tone={tone} title={title} body={notice.worker.reason} />;
    }
    case "allDraining":
      return (
        <Notice
          tone="warn"
          title={words.allDraining}
          body={words.allDrainingHelp(notice.waiting)}
        />
      );
    case "deadLetters":
      return (
        <Notice tone="warn" title={words.deadLetters(notice.letters.length)}>
          <DeadLetters letters={notice.letters} />
        </Notice>
      );
    case "failures":
      return (
        <Notice tone="warn" title={words.failures(notice.jobs.length)}>
          <FailedJobs jobs={notice.jobs} onDismiss={onDismiss} />
        </Notice>
      );
    case "storage":
      return (
        <Notice
          tone="warn"
          title={words.storage(notice.freeBytes / 1e9)}
          body={words.storageHelp}
        />
      );
    case "restartToUse":
      return <Notice tone="info" title={words.restartToUse(notice.url)} body={words.restartHelp} />;
    case "simulated":
      return <Notice tone="info" title={words.simulated} body={words.simulatedHelp} />;
  }
}
