import { useEffect, useState } from "react";

const NEAR_TOP_PX = 120;
const EVENTS = ["scroll", "focusin", "focusout"] as const;

/**
 * New images appear by themselves at the top. While one is scrolled down, or goes through the grid
 * with the keys, they wait: nothing moves under the eyes, and the focus stays where it is.
 */
export function useHeldBack<T extends { id: number }>(items: T[]) {
  const isAtRest = useIsAtRest();
  const newest = items[0]?.id ?? null;
  const [held, setHeld] = useState(newest);
  if (isAtRest && held !== newest) setHeld(newest);
  if (isAtRest || held === null) return { shown: items, waiting: 0 };
  const waiting = items.findIndex(({ id }) => id <= held);
  return waiting <= 0 ? { shown: items, waiting: 0 } : { shown: items.slice(waiting), waiting };
}

/** Read when it changes and not at each rendering, which would force the browser to a layout. */
function useIsAtRest(): boolean {
  const [isAtRest, setIsAtRest] = useState(() => isAtTop() && !isTile(document.activeElement));
  useEffect(() => {
    const look = (event: Event) => {
      // While the focus goes from tile to tile, nothing has it for a moment.
      const isLeaving = event instanceof FocusEvent && event.type === "focusout";
      const focused = isLeaving ? event.relatedTarget : document.activeElement;
      setIsAtRest(isAtTop() && !isTile(focused));
    };
    for (const event of EVENTS) addEventListener(event, look, { passive: true });
    return () => {
      for (const event of EVENTS) removeEventListener(event, look);
    };
  }, []);
  return isAtRest;
}

function isAtTop(): boolean {
  return scrollY < NEAR_TOP_PX;
}

/** Not one that was only clicked: whoever comes back from its image with the mouse sees what is new. */
function isTile(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("[data-index]:focus-visible");
}
