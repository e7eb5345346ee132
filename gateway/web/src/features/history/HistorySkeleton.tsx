import { Skeleton } from "@mantine/core";
import classes from "./HistoryRow.module.css";

const ROWS = 6;

export function HistorySkeleton() {
  return (
    <div aria-busy>
      {Array.from({ length: ROWS }, (_, index) => (
        <div key={index} className={classes.row}>
          <Skeleton className={classes.thumb} radius="md" />
          <div className={classes.about}>
            <Skeleton height={14} width="60%" mt={6} />
            <Skeleton height={12} width="30%" mt={12} />
          </div>
        </div>
      ))}
    </div>
  );
}
