/** Failed jobs that were dismissed from Generation Status; they stay in the history. */
const KEY = "darkroom.dismissed";
const MOST = 200;

export function readDismissed(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

export function keepDismissed(ids: readonly string[]) {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids.slice(-MOST)));
  } catch {
    // They come back after a reload; that is all.
  }
}
