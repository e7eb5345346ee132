import { VisuallyHidden } from "@mantine/core";
import { $api } from "../../api/client";
import type { StatsView } from "../../api/schema";
import { isFinal } from "../../live/JobStore";
import { useJobs } from "../../live/LiveContext";
import { text } from "../../text";
import { LoadFailed } from "../../ui/LoadFailed";
import { QueueList } from "../../ui/QueueList";
import { useDismissed } from "../generate/dismissed";
import { Counts } from "./Counts";
import classes from "./DashboardPage.module.css";
import { DashboardSkeleton } from "./DashboardSkeleton";
import { FirstRun } from "./FirstRun";
import { LatestImages } from "./LatestImages";
import { Notices } from "./Notices";
import { useNotices, useStats } from "./useDashboard";
import { WorkersPanel } from "./WorkersPanel";

export function DashboardPage() {
  const stats = useStats();
  const [dismissed, dismiss] = useDismissed();
  const notices = useNotices(stats, dismissed);
  return (
    <>
      <VisuallyHidden>
        <h1>{text.dashboard.title}</h1>
      </VisuallyHidden>
      <Notices notices={notices} onDismiss={dismiss} />
      {stats.data ? (
        <Overview stats={stats.data} />
      ) : stats.error ? (
        <LoadFailed error={stats.error} onRetry={() => void stats.refetch()} />
      ) : (
        <DashboardSkeleton />
      )}
    </>
  );
}

function Overview({ stats }: { stats: StatsView }) {
  const me = $api.useQuery("get", "/api/v1/me");
  const unfinished = useJobs().filter((job) => !isFinal(job));
  const running = unfinished.filter((job) => job.status === "running").toReversed();
  const pending = unfinished.filter((job) => job.status === "pending").toReversed();
  return (
    <div className={classes.columns}>
      <div className={classes.images}>
        {stats.latest.length > 0 ? (
          <LatestImages items={stats.latest} />
        ) : (
          <FirstRun isFirst={!stats.now.completed} />
        )}
      </div>
      <section
        className={classes.now}
        data-idle={unfinished.length === 0 || undefined}
        aria-label={text.queue.title}
      >
        <QueueList jobs={[...running, ...pending]} onLeave={() => {}} />
      </section>
      <div className={classes.side}>
        <Counts stats={stats} />
        <WorkersPanel workers={stats.workers} isAdmin={me.data?.is_admin === true} />
      </div>
    </div>
  );
}
