import { Skeleton } from "@mantine/core";
import classes from "./DashboardPage.module.css";

export function DashboardSkeleton() {
  return (
    <div className={classes.columns} aria-busy>
      <div className={classes.images}>
        <Skeleton height={36} width={180} mb={14} />
        <Skeleton className={classes.heroSkeleton} />
      </div>
      <div className={classes.side}>
        <Skeleton height={90} />
        <Skeleton height={120} mt={28} />
        <Skeleton height={180} mt={28} />
      </div>
    </div>
  );
}
