import { type KeyboardEvent, type RefObject } from "react";
import { flushSync } from "react-dom";
import type { ContentView } from "../../api/schema";
import { usePageKeys } from "../../ui/usePageKeys";
import { moved, rowOf } from "./gridMoves";
import type { Row } from "./justify";

interface Options {
  rows: Row<ContentView>[];
  grid: RefObject<HTMLElement | null>;
  /** The place of the tile that Tab reaches. */
  active: number;
  /** Its row is in the page from then on, wherever that is. */
  onActive: (id: number) => void;
  onFavor: (item: ContentView) => void;
}

/** The keys of the grid: arrows, Home and End move the focus, F is for favourites; Enter is the link's. */
export function useGridKeys({ rows, grid, active, onActive, onFavor }: Options) {
  const focusTile = (index: number) => {
    const item = itemAt(rows, index);
    if (!item) return;
    flushSync(() => onActive(item.id));
    grid.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus();
  };

  const enter = () => isFree(document.activeElement) && focusTile(active);
  usePageKeys([
    ["ArrowLeft", enter],
    ["ArrowRight", enter],
    ["ArrowUp", enter],
    ["ArrowDown", enter],
  ]);

  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.metaKey) return;
    const from = indexOf(event.target);
    if (from === null) return;
    const item = itemAt(rows, from);
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

function itemAt(rows: Row<ContentView>[], index: number): ContentView | undefined {
  return rows[rowOf(rows, index)]?.boxes.find((box) => box.index === index)?.item;
}

/** Nothing has the focus that arrows may mean something to. */
function isFree(focused: Element | null): boolean {
  return focused === null || focused === document.body || focused.id === "content";
}

function indexOf(target: EventTarget): number | null {
  const index = (target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
  return index === undefined ? null : Number(index);
}
