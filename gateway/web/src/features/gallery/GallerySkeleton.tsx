import { Skeleton } from "@mantine/core";
import { text } from "../../text";
import { justify, targetHeight } from "./justify";
import classes from "./JustifiedGrid.module.css";
import { gapOf } from "./JustifiedGrid";
import { usePlace } from "./usePlace";

const SHAPES = [
  { width: 3, height: 2 },
  { width: 1, height: 1 },
  { width: 2, height: 3 },
  { width: 16, height: 9 },
  { width: 1, height: 1 },
  { width: 3, height: 2 },
  { width: 2, height: 3 },
];
const shapes = Array.from({ length: 4 }, () => SHAPES).flat();

/** Rows in the shape of what comes. */
export function GallerySkeleton() {
  const { ref, width } = usePlace();
  const rows = justify(shapes, { width, targetHeight: targetHeight(width), gap: gapOf(width) });
  return (
    <div ref={ref} className={classes.skeleton} role="status" aria-label={text.gallery.loading}>
      {rows.slice(0, -1).map(({ boxes, height }, index) => (
        <div key={index} className={classes.skeletonRow} style={{ height, gap: gapOf(width) }}>
          {boxes.map((box) => (
            <Skeleton key={box.index} width={box.width} height={height} />
          ))}
        </div>
      ))}
    </div>
  );
}
