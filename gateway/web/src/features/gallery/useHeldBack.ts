import { useEffect, useState } from "react";

const NEAR_TOP_PX = 120;

/**
 * New images appear by themselves at the top. While one is scrolled down they wait, so that nothing
 * moves under the eyes.
 */
export function useHeldBack<T extends { id: number }>(items: T[]) {
  const isAtTop = useIsAtTop();
  const newest = items[0]?.id ?? null;
  const [held, setHeld] = useState(newest);
  if (isAtTop && held !== newest) setHeld(newest);
  if (isAtTop || held === null) return { shown: items, waiting: 0 };
  const waiting = items.findIndex(({ id }) => id <= held);
  return waiting <= 0 ? { shown: items, waiting: 0 } : { shown: items.slice(waiting), waiting };
}

/** Read when it changes and not at each rendering, which would force the browser to a layout. */
function useIsAtTop(): boolean {
  const [isAtTop, setIsAtTop] = useState(() => scrollY < NEAR_TOP_PX);
  useEffect(() => {
    const look = () => setIsAtTop(scrollY < NEAR_TOP_PX);
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  return isAtTop;
}
