import { expect, test } from "vitest";
import { aJob } from "../../testing/samples";
import { text } from "../../text";
import { factsOf } from "./facts";

const valueOf = (job: Parameters<typeof factsOf>[0], label: string) =>
  factsOf(job).find((fact) => fact.label === label)?.value;

test("what a job was asked for is told, zero as well", () => {
  const job = aJob({
    params: {
      width: 512,
      height: 768,
      cfg: 0,
      seed: "18446744073709551615",
      loras: [{ name: "ink" }],
    },
    tags: ["fog", "study"],
  });

  expect(valueOf(job, text.history.facts.size)).toBe("512 × 768");
  expect(valueOf(job, text.history.facts.cfg)).toBe("0");
  expect(valueOf(job, text.history.facts.seed)).toBe("18446744073709551615");
  expect(valueOf(job, text.history.facts.loras)).toBe("ink");
  expect(valueOf(job, text.history.facts.tags)).toBe("fog, study");
});

test("odd parameters of an import are left out, not shown as [object Object]", () => {
  const job = aJob({
    params: { width: "wide", checkpoint: { a: 1 }, loras: [null, 3, { name: ["x"] }], steps: null },
  });

  expect(factsOf(job).map(({ label }) => label)).toEqual([
    text.history.facts.attempts,
    text.history.facts.id,
  ]);
});
