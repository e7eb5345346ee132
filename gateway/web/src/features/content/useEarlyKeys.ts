import { useEffect, useRef } from "react";
import type { ContentDetail } from "../../api/schema";
import { usePageKeys } from "../../ui/usePageKeys";
import { useNeighbours } from "./useNeighbours";

const NOWHERE = { previous_id: null, next_id: null };

/** Arrow keys that are pressed before an item is there are not lost: they are followed once it is. */
export function useEarlyKeys(item: ContentDetail | undefined) {
  const steps = useRef(0); // to older ones; below 0: to newer
  const neighbours = useNeighbours(item ?? NOWHERE);
  const note = (step: number) => {
    if (item) return false;
    steps.current += step;
  };
  usePageKeys([
    ["ArrowLeft", () => note(-1)],
    ["ArrowRight", () => note(1)],
  ]);
  useEffect(() => {
    if (!item || steps.current === 0) return;
    const step = Math.sign(steps.current);
    const isThere = (step > 0 ? item.next_id : item.previous_id) !== null;
    steps.current = isThere ? steps.current - step : 0;
    if (step > 0) neighbours.goOlder();
    else neighbours.goNewer();
  });
}
