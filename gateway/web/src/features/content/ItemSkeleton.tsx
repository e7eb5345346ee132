import { Skeleton } from "@mantine/core";
import { text } from "../../text";
import classes from "./ItemPage.module.css";

export function ItemSkeleton() {
  return (
    <div className={classes.page} role="status" aria-label={text.gallery.loading}>
      <div className={classes.stageSkeleton}>
        <Skeleton height="100%" maw="75%" radius={6} />
      </div>
      <div className={classes.panelSkeleton}>
        <Skeleton height={24} width="60%" />
        <Skeleton height={36} />
        <Skeleton height={84} />
        <Skeleton height={28} width="80%" />
        <Skeleton height={220} />
      </div>
    </div>
  );
}
