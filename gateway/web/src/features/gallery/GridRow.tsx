import type { ContentView } from "../../api/schema";
import classes from "./JustifiedGrid.module.css";
import type { Row } from "./justify";
import { Tile } from "./Tile";

interface Props {
  row: Row<ContentView> | undefined;
  index: number;
  /** In pixels from the top of the grid. */
  start: number;
  active: number;
  onFocus: (id: number) => void;
  onFavor: (item: ContentView) => void;
}

export function GridRow({ row, index, start, active, onFocus, onFavor }: Props) {
  if (!row) return null;
  return (
    <div
      role="row"
      aria-rowindex={index + 1}
      className={classes.row}
      style={{ transform: `translateY(${start}px)`, height: row.height }}
    >
      {row.boxes.map((box) => (
        <Tile
          key={box.item.id}
          item={box.item}
          index={box.index}
          left={box.left}
          width={box.width}
          height={row.height}
          isActive={box.index === active}
          onFocus={onFocus}
          onFavor={onFavor}
        />
      ))}
    </div>
  );
}
