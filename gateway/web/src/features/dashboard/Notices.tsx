import type { NoticeOf } from "./notices";
import classes from "./Notices.module.css";
import { NoticeLine } from "./NoticeLine";

/** What needs a hand, above everything else; nothing, where nothing does. */
export function Notices({ notices }: { notices: readonly NoticeOf[] }) {
  if (notices.length === 0) return null;
  return (
    <div className={classes.notices}>
      {notices.map((notice) => (
        <NoticeLine key={keyOf(notice)} notice={notice} />
      ))}
    </div>
  );
}

function keyOf(notice: NoticeOf): string {
  return notice.kind === "worker" ? `worker ${notice.worker.id}` : notice.kind;
}
