/** What is stored, as an input shows it: it may be of an older form, or somebody else's. */

export function asText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function asNumber(value: unknown): number | string {
  return typeof value === "number" || typeof value === "string" ? value : "";
}
