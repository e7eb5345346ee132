/** "5 minutes ago": how long ago something was, as a person would say it. */
import { text } from "../text";

const UNITS = [
  ["year", 365 * 24 * 3600],
  ["month", 30 * 24 * 3600],
  ["week", 7 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
] as const;

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function relativeTime(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return words.format(-Math.floor(seconds / length), unit);
  }
  return text.time.now; // also where the two clocks disagree
}
