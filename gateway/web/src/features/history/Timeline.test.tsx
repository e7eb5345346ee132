import { expect, test } from "vitest";
import type { JobEventView } from "../../api/schema";
import { text } from "../../text";
import { eventWords } from "./Timeline";

const event = (about: Partial<JobEventView>): JobEventView => ({
  type: "job.created",
  version: 1,
  at: "2026-03-01T12:00:00Z",
  attempt: 1,
  worker_id: null,
  detail: null,
  ...about,
});

test.each([
  [{ type: "job.created" }, "Accepted"],
  [{ type: "job.running", worker_id: "gpu-1" }, "Started · on gpu-1"],
  [{ type: "job.running", attempt: 2, worker_id: "gpu-2" }, "Started, attempt 2 · on gpu-2"],
  [
    { type: "job.failed", detail: { code: "out_of_memory", message: "…" } },
    `Failed · ${text.failure.out_of_memory}`,
  ],
  [{ type: "job.of_a_newer_server" }, "job.of_a_newer_server"],
  [{ type: "toString" }, "toString"],
])("%j is told as %s", (about, said) => {
  expect(eventWords(event(about))).toBe(said);
});
