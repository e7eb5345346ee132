/** What time it is for Darkroom, which says so with each answer: a laptop may be hours wrong. */
const TOLERANCE_MS = 5_000; // the header is in whole seconds, and was a while on its way

let aheadMs = 0;

/** `date`: an answer's header. */
export function hearDate(date: string | null) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const ahead = told - Date.now();
  aheadMs = Math.abs(ahead) > TOLERANCE_MS ? ahead : 0;
}

export function serverNow(): number {
  return Date.now() + aheadMs;
}
