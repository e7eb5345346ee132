export const LONGEST_SEARCH = 500; // characters, as the server has it

/** Of an address's parameter. The router reads `?q=2024` as a number. */
export function wordsIn(value: unknown): string {
  const isRead = typeof value === "number" || typeof value === "boolean";
  const words = isRead ? String(value) : typeof value === "string" ? value : "";
  return words.replaceAll("\0", "").slice(0, LONGEST_SEARCH);
}
