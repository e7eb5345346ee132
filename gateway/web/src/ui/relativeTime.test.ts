import { expect, test } from "vitest";
import { text } from "../text";
import { relativeTime } from "./relativeTime";

const NOW = Date.parse("2026-03-31T12:00:00Z");

test.each([
  ["2026-03-31T11:59:30Z", text.time.now],
  ["2026-03-31T11:58:59Z", "1 minute ago"],
  ["2026-03-31T11:00:01Z", "59 minutes ago"],
  ["2026-03-31T09:30:00Z", "2 hours ago"],
  ["2026-03-30T11:00:00Z", "yesterday"],
  ["2026-03-20T12:00:00Z", "last week"],
  ["2025-01-01T12:00:00Z", "last year"],
])("%s is told as %s", (at, said) => {
  expect(relativeTime(at, NOW)).toBe(said);
});

test("what a fast clock puts into the future is now", () => {
  expect(relativeTime("2026-03-31T12:03:00Z", NOW)).toBe(text.time.now);
});
