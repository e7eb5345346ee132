import { describe, expect, test } from "vitest";
import { LONGEST_SEARCH } from "../../ui/wordsIn";
import { historySearchOf, lets, searchWith, STATUSES } from "./search";

describe("what stands in the address", () => {
  test.each([
    [{}, {}],
    [{ q: "fog" }, { q: "fog" }],
    [{ status: ["failed", "cancelled"] }, { status: ["failed", "cancelled"] }],
    [{ status: "failed" }, { status: ["failed"] }],
    [{ status: ["cancelled", "failed", "failed"] }, { status: ["failed", "cancelled"] }],
    [{ status: ["done", "failed", 3, null] }, { status: ["failed"] }],
    [{ status: [...STATUSES] }, {}],
    [{ q: "  ", status: [] }, {}],
    [{ q: 2024, status: { failed: true } }, { q: "2024" }],
    [{ q: "x".repeat(600) }, { q: "x".repeat(LONGEST_SEARCH) }],
    [{ other: 1 }, {}],
  ])("%j is read as %j", (address, search) => {
    expect(historySearchOf(address)).toEqual(search);
  });

  test("what was read is written the same", () => {
    const search = { q: "a b", status: ["running" as const] };

    expect(historySearchOf({ ...searchWith(search.q, search.status) })).toEqual(search);
  });
});

describe("a job that came live is let in", () => {
  const job = { prompt: "A Lighthouse in fog", status: "failed" as const };

  test.each([
    [{}, true],
    [{ q: "LIGHTHOUSE" }, true],
    [{ q: "harbour" }, false],
    [{ status: ["failed" as const] }, true],
    [{ status: ["completed" as const, "running" as const] }, false],
    [{ q: "fog", status: ["completed" as const] }, false],
    [{ q: "%" }, false],
  ])("by %j: %s", (search, isLetIn) => {
    expect(lets(search, job)).toBe(isLetIn);
  });
});
