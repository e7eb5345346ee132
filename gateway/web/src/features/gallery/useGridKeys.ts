import { type KeyboardEvent, type RefObject } from "react";
import { flushSync } from "react-dom";
import type { ContentView } from "../../api/schema";
import { moved, rowOf } from "./gridMoves";
import type { Row } from "./justify";

interface Options {
  rows: Row<ContentView>[];
  grid: RefObject<HTMLElement | null>;
  scrollToRow: (index: number) => void;
  onFavor: (item: ContentView) => void;
}

/** The keys of the grid: arrows, Home and End move the focus, F is for favourites; Enter is the link's. */
export function useGridKeys({ rows, grid, scrollToRow, onFavor }: Options) {
  const focusTile = (index: number) => {
    const tile = () => grid.current?.querySelector<HTMLElement>(`[data-index="${index}"]`);
    if (!tile()) flushSync(() => scrollToRow(rowOf(rows, index)));
    tile()?.focus();
  };

  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.metaKey) return;
    const from = indexOf(event.target);
    if (from === null) return;
    const item = rows[rowOf(rows, from)]?.boxes.find((box) => box.index === from)?.item;
    const to = moved(rows, from, event);
    if (to !== null) {
      event.preventDefault();
      focusTile(to);
    } else if (event.key.toLowerCase() === "f" && !event.ctrlKey && item) {
      event.preventDefault();
      onFavor(item);
    }
  };
}

function indexOf(target: EventTarget): number | null {
  const index = (target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
  return index === undefined ? null : Number(index);
}
