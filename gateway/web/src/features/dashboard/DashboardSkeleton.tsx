import { Skeleton } from "@mantine/core";
import classes from "./DashboardPage.module.css";

export function DashboardSkeleton() {
  return (
    <div className={classes.columns} aria-busy>
      <div className={classes.images}>
        <Skeleton height={36} width={180} mb={14} />
        <Skeleton className={classes.heroSkeleton} />
      </div>
      <div className={classes.now} data-idle>
        <Skeleton height={52} />
      </div>
      <div className={classes.side}>
        <Skeleton height={140} />
        <Skeleton height={190} />
      </div>
    </div>
  );
}
