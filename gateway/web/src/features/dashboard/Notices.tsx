import type { NoticeOf } from "./notices";
import classes from "./Notices.module.css";
import { NoticeLine } from "./NoticeLine";

interface Props {
  notices: readonly NoticeOf[];
  /** Of these failed jobs nothing more is said. */
  onDismiss: (jobIds: readonly string[]) => void;
}

/** What needs a hand, above everything else; nothing, where nothing does. */
export function Notices({ notices, onDismiss }: Props) {
  if (notices.length === 0) return null;
  return (
    <div className={classes.notices}>
      {notices.map((notice) => (
        <NoticeLine key={keyOf(notice)} notice={notice} onDismiss={onDismiss} />
      ))}
    </div>
  );
}

function keyOf(notice: NoticeOf): string {
  return notice.kind === "worker" ? `worker ${notice.worker.id}` : notice.kind;
}
