import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { hearDate, serverNow } from "./clock";

const NOON = Date.parse("2026-03-31T12:00:00Z");

beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => {
  hearDate(new Date().toUTCString());
  vi.useRealTimers();
});

test.each([
  ["is a day behind", "Wed, 01 Apr 2026 12:00:00 GMT"],
  ["is a day ahead", "Mon, 30 Mar 2026 12:00:00 GMT"],
])("where this clock %s, it is the server's that counts", (_, date) => {
  hearDate(date);
  vi.advanceTimersByTime(60_000);
  expect(serverNow()).toBe(Date.parse(date) + 60_000);
});

test("a difference that is only the header's is none", () => {
  hearDate("Tue, 31 Mar 2026 11:59:58 GMT");
  expect(serverNow()).toBe(NOON);
});

test.each([null, "", "yesterday"])("%j says nothing", (date) => {
  hearDate(date);
  expect(serverNow()).toBe(NOON);
});
