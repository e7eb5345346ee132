/** Justified rows: each as wide as the page, its images at one height, none cropped. */

import { ratioOf, type Sized } from "../../ui/ratioOf";

export interface Box<T> {
  item: T;
  /** Its place in the whole list. */
  index: number;
  left: number;
  width: number;
}

export interface Row<T> {
  boxes: Box<T>[];
  height: number;
}

interface Frame {
  width: number;
  targetHeight: number;
  gap: number;
}

/** Appending items never changes a row but the last. */
export function justify<T extends Sized>(items: readonly T[], frame: Frame): Row<T>[] {
  if (frame.width <= 0) return [];
  const rows: Row<T>[] = [];
  let from = 0;
  for (let to = 1; to <= items.length; to += 1) {
    const end = endOfRow(items, from, to, frame);
    if (end === null) continue;
    rows.push(filledRow(items, from, end, frame));
    from = end;
    to = end;
  }
  if (from < items.length) rows.push(lastRow(items, from, frame));
  return rows;
}

export function targetHeight(width: number): number {
  if (width < 640) return Math.round(Math.max(200, width * 0.6)); // a thumb, and no hover
  return Math.round(Math.min(300, Math.max(210, width / 5.2)));
}

/** Where the row that holds `from` … `to` ends, once it is full; null: it is not. */
function endOfRow(items: readonly Sized[], from: number, to: number, frame: Frame): number | null {
  const height = heightOf(items, from, to, frame);
  if (height > frame.targetHeight) return null;
  if (to - from === 1) return to;
  const withoutLast = heightOf(items, from, to - 1, frame);
  const isCloser = withoutLast / frame.targetHeight < frame.targetHeight / height;
  return isCloser ? to - 1 : to;
}

function heightOf(items: readonly Sized[], from: number, to: number, frame: Frame): number {
  const ratios = items.slice(from, to).reduce((sum, item) => sum + ratioOf(item), 0);
  return (frame.width - frame.gap * (to - from - 1)) / ratios;
}

function filledRow<T extends Sized>(
  items: readonly T[],
  from: number,
  to: number,
  frame: Frame,
): Row<T> {
  const row = placed(items, from, to, heightOf(items, from, to, frame), frame.gap);
  const last = row.boxes.at(-1);
  if (last) last.width = frame.width - last.left; // what rounding left over
  return row;
}

function lastRow<T extends Sized>(items: readonly T[], from: number, frame: Frame): Row<T> {
  const natural = heightOf(items, from, items.length, frame);
  return placed(items, from, items.length, Math.min(natural, frame.targetHeight), frame.gap);
}

function placed<T extends Sized>(
  items: readonly T[],
  from: number,
  to: number,
  height: number,
  gap: number,
): Row<T> {
  let left = 0;
  const boxes = items.slice(from, to).map((item, offset) => {
    const width = Math.round(ratioOf(item) * height);
    const box = { item, index: from + offset, left, width };
    left += width + gap;
    return box;
  });
  return { boxes, height: Math.round(height) };
}
