import { Button, Loader } from "@mantine/core";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { sentenceOf } from "../../api/problems";
import type { LiveJob } from "../../live/JobStore";
import { text } from "../../text";
import { useFocusInPlace } from "../../ui/useFocusInPlace";
import classes from "./HistoryList.module.css";
import { HistoryRow } from "./HistoryRow";

const USUAL_HEIGHT = 129;
const AHEAD = 6; // rows beyond the screen

interface Props {
  rows: readonly LiveJob[];
  retriedIds: ReadonlySet<unknown>;
  hasMore: boolean;
  isReading: boolean;
  error: unknown;
  onMore: () => void;
}

/** Endless: only the rows near the screen are there, and the next page is read before its turn. */
export function HistoryList({ rows, retriedIds, hasMore, isReading, error, onMore }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useFocusInPlace(list);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => USUAL_HEIGHT,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: AHEAD,
    scrollMargin: top,
  });
  const items = virtual.getVirtualItems();
  const isNearEnd = (items.at(-1)?.index ?? 0) >= rows.length - 1 - AHEAD;
  const wantsMore = hasMore && isNearEnd && !isReading && error === null;
  useEffect(() => {
    if (wantsMore) onMore();
  }, [wantsMore, onMore]);
  return (
    <>
      <ul
        ref={list}
        className={classes.list}
        style={{ height: virtual.getTotalSize() }}
        aria-label={text.history.title}
      >
        {items.map(({ key, index, start }) => {
          const job = rows[index];
          if (!job) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className={classes.place}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              <HistoryRow job={job} isRetried={retriedIds.has(job.id)} />
            </li>
          );
        })}
      </ul>
      <div className={classes.end} role="status">
        {isReading && <Loader size="sm" aria-label={text.history.reading} />}
        {error !== null && (
          <>
            <span>{sentenceOf(error)}</span>
            <Button variant="default" size="xs" onClick={onMore}>
              {text.problems.again}
            </Button>
          </>
        )}
      </div>
    </>
  );
}
