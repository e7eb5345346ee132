import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ContentView } from "../../api/schema";
import { text } from "../../text";
import { useContentChange } from "../content/useContentChange";
import { GridRow } from "./GridRow";
import { justify, targetHeight } from "./justify";
import classes from "./JustifiedGrid.module.css";
import { useGridKeys } from "./useGridKeys";
import { usePlace } from "./usePlace";
import { useTileClicks } from "./useTileClicks";
import { useWindowedRows } from "./useWindowedRows";

interface Props {
  items: ContentView[];
  /** Called, again and again, while the last rows are near. */
  onNearEnd: () => void;
}

const ROWS_AHEAD = 8;

export function gapOf(width: number): number {
  return width < 640 ? 6 : 10;
}

export function JustifiedGrid({ items, onNearEnd }: Props) {
  const { ref, width, top } = usePlace();
  const gap = gapOf(width);
  const rows = useMemo(
    () => justify(items, { width, targetHeight: targetHeight(width), gap }),
    [items, width, gap],
  );
  const [activeId, setActiveId] = useState<number | null>(null);
  const active = Math.max(
    0,
    items.findIndex(({ id }) => id === activeId),
  );
  const grid = useRef<HTMLDivElement>(null);
  const windowed = useWindowedRows({ rows, gap, top, active });
  const change = useContentChange();
  const favor = useCallback(
    ({ id, is_favorite }: ContentView) => change(id, { is_favorite: !is_favorite }),
    [change],
  );
  const onKeyDown = useGridKeys({ rows, grid, active, onActive: setActiveId, onFavor: favor });

  const onClick = useTileClicks();

  useEffect(() => {
    if (windowed.lastRow >= rows.length - ROWS_AHEAD) onNearEnd();
  });

  return (
    <div ref={ref}>
      <div
        ref={grid}
        role="grid"
        aria-label={text.gallery.title}
        aria-rowcount={rows.length}
        className={classes.grid}
        style={{ height: windowed.height }}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {windowed.places.map(({ index, start }) => (
          <GridRow
            key={rows[index]?.boxes[0]?.item.id}
            row={rows[index]}
            index={index}
            start={start}
            active={active}
            onFocus={setActiveId}
            onFavor={favor}
          />
        ))}
      </div>
    </div>
  );
}
