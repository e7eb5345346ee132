import { useState, useSyncExternalStore } from "react";

const NEAR_TOP_PX = 120;

/**
 * New images appear by themselves at the top. While one is scrolled down they wait, so that nothing
 * moves under the eyes.
 */
export function useHeldBack<T extends { id: number }>(items: T[]) {
  const isAtTop = useSyncExternalStore(subscribe, () => scrollY < NEAR_TOP_PX);
  const newest = items[0]?.id ?? null;
  const [held, setHeld] = useState(newest);
  if (isAtTop && held !== newest) setHeld(newest);
  if (isAtTop || held === null) return { shown: items, waiting: 0 };
  const waiting = items.findIndex(({ id }) => id <= held);
  return waiting <= 0 ? { shown: items, waiting: 0 } : { shown: items.slice(waiting), waiting };
}

function subscribe(changed: () => void) {
  addEventListener("scroll", changed, { passive: true });
  return () => removeEventListener("scroll", changed);
}
