/** Failed jobs that were dismissed, in all tabs; they stay in the history. */
import { useSyncExternalStore } from "react";

const KEY = "darkroom.dismissed";
const MOST = 200;

const listeners = new Set<() => void>();
let unkept: string | null = null; // where nothing may be stored: until the next reload
let read = { kept: "", ids: [] as readonly string[] };

export function useDismissed() {
  return [useSyncExternalStore(subscribe, dismissedIds), dismiss] as const;
}

function dismiss(more: readonly string[]) {
  const kept = JSON.stringify([...dismissedIds(), ...more].slice(-MOST));
  try {
    localStorage.setItem(KEY, kept);
  } catch {
    unkept = kept;
  }
  for (const listener of listeners) listener();
}

/** The same array until something changes. */
function dismissedIds(): readonly string[] {
  const kept = unkept ?? stored();
  if (kept !== read.kept) read = { kept, ids: idsIn(kept) };
  return read.ids;
}

function stored(): string {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function idsIn(kept: string): string[] {
  try {
    const found: unknown = JSON.parse(kept);
    return Array.isArray(found) ? found.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  addEventListener("storage", listener); // another tab
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}
