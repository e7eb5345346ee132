import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback } from "react";
import { rowOf } from "./gridMoves";
import type { Row } from "./justify";

interface Options {
  rows: Row<{ id: number }>[];
  gap: number;
  /** Of the grid, from the top of the page. */
  top: number;
  /** Its row stays in the page, wherever one has scrolled: it has the focus, or is the way in for Tab. */
  active: number;
}

const OVERSCAN = 3;

/** Which rows are on the screen, or nearly, and where each begins. */
export function useWindowedRows({ rows, gap, top, active }: Options) {
  const activeRow = rowOf(rows, active);
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => rows[index]?.height ?? 0,
    getItemKey: useCallback((index: number) => rows[index]?.boxes[0]?.item.id ?? index, [rows]),
    gap,
    overscan: OVERSCAN,
    useFlushSync: false, // the rows ahead are not due in this very frame
    scrollMargin: top,
    rangeExtractor: useCallback(
      (range: Range) => withRow(defaultRangeExtractor(range), activeRow),
      [activeRow],
    ),
  });
  return {
    places: virtualizer
      .getVirtualItems()
      .map(({ index, start }) => ({ index, start: start - top })),
    height: virtualizer.getTotalSize(),
    lastRow: virtualizer.range?.endIndex ?? 0,
  };
}

function withRow(range: number[], row: number): number[] {
  return row < 0 || range.includes(row) ? range : [...range, row].sort((a, b) => a - b);
}
