/** Where a key leads from a tile of the justified grid. */
import type { Box, Row } from "./justify";

type Rows = readonly Row<unknown>[];

export interface Key {
  key: string;
  ctrlKey: boolean;
}

/** The place of the tile to go to; null: the key is none of the grid's. */
export function moved(rows: Rows, from: number, { key, ctrlKey }: Key): number | null {
  const rowIndex = rowOf(rows, from);
  const row = rows[rowIndex];
  if (!row) return null;
  switch (key) {
    case "ArrowLeft":
      return Math.max(0, from - 1);
    case "ArrowRight":
      return Math.min(lastOf(rows), from + 1);
    case "ArrowUp":
      return nearest(rows[rowIndex - 1], row, from) ?? from;
    case "ArrowDown":
      return nearest(rows[rowIndex + 1], row, from) ?? from;
    case "Home":
      return ctrlKey ? 0 : (row.boxes[0]?.index ?? from);
    case "End":
      return ctrlKey ? lastOf(rows) : (row.boxes.at(-1)?.index ?? from);
    default:
      return null;
  }
}

export function rowOf(rows: Rows, index: number): number {
  return rows.findIndex((row) => (row.boxes.at(-1)?.index ?? -1) >= index);
}

function lastOf(rows: Rows): number {
  return rows.at(-1)?.boxes.at(-1)?.index ?? 0;
}

/** In `row`, the tile whose middle is closest to that of `from`. */
function nearest(row: Row<unknown> | undefined, fromRow: Row<unknown>, from: number) {
  const start = fromRow.boxes.find((box) => box.index === from);
  if (!row || !start) return null;
  const distance = (box: Box<unknown>) => Math.abs(middle(box) - middle(start));
  return row.boxes.reduce((best, box) => (distance(box) < distance(best) ? box : best)).index;
}

function middle({ left, width }: Box<unknown>): number {
  return left + width / 2;
}
