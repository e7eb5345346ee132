import { describe, expect, test } from "vitest";
import type { DeadLetterView, StatsView, WorkerView } from "../../api/schema";
import { aJob, nthId } from "../../testing/samples";
import { noticesOf, type Situation } from "./notices";

const NOW = Date.parse("2026-11-24T23:30:00Z");

function aWorker(about: Partial<WorkerView> = {}): WorkerView {
  return {
    id: "gpu-1",
    is_live: true,
    accepting: true,
    reason: null,
    wanted: "run",
    ahead: 2,
    loaded_checkpoint: null,
    comfyui: { device: "cuda:0 NVIDIA GeForce RTX 4090 : native", simulated: false },
    jobs: { waiting: 0, running: 0 },
    first_seen_at: "2026-11-24T10:00:00Z",
    last_seen_at: "2026-11-24T23:29:59Z",
    ...about,
  };
}

function aLetter(about: Partial<DeadLetterView> = {}): DeadLetterView {
  return {
    id: 1,
    queue: "worker.gpu-1",
    reason: "it could not be read",
    body: "{}",
    job_id: null,
    at: "2026-11-24T12:00:00Z",
    decision: null,
    decided_at: null,
    settled_at: null,
    ...about,
  };
}

type Known = Partial<Situation> & {
  workers?: WorkerView[];
  waiting?: number;
  storage?: StatsView["storage"];
  seen?: Pick<StatsView, "simulated" | "restart_to_use">;
};

function kinds(known: Known) {
  return notices(known).map(({ kind }) => kind);
}

function notices({
  workers = [aWorker()],
  waiting = 0,
  seen = { simulated: false, restart_to_use: null },
  storage = { free_bytes: 9e9, is_nearly_full: false },
  ...situation
}: Known) {
  const counts = { now: {}, today: {}, this_week: {} };
  const stats: StatsView = { ...counts, ...seen, storage, waiting, workers, latest: [] };
  return noticesOf({ stats, jobs: [], dismissed: [], deadLetters: [], now: NOW, ...situation });
}

test("where all is well nothing is said", () => {
  expect(kinds({})).toEqual([]);
  expect(kinds({ workers: [aWorker({ accepting: false })], waiting: 3 })).toEqual([]); // full, no more
});

describe("workers", () => {
  const stopped = aWorker({ accepting: false, reason: "ComfyUI at gpu-1:8188 does not answer" });

  test("none at all, or none that lives, is the first thing to know", () => {
    const gone = aWorker({ id: "old", is_live: false, last_seen_at: "2026-11-20T00:00:00Z" });
    const lately = aWorker({ id: "late", is_live: false, reason: "it was stopping" });

    expect(notices({ workers: [] })).toEqual([{ kind: "noWorker", lastSeen: null }]);
    expect(notices({ workers: [gone, lately] })).toEqual([{ kind: "noWorker", lastSeen: lately }]);
  });

  test("one that takes nothing is told with its reason, and whether others do the work", () => {
    expect(notices({ workers: [stopped] })).toEqual([
      { kind: "worker", worker: stopped, isOnly: true },
    ]);
    expect(notices({ workers: [stopped, aWorker({ id: "gpu-2" })] })).toEqual([
      { kind: "worker", worker: stopped, isOnly: false },
    ]);
  });

  test("one whose ComfyUI fails everything is told, though it still tries", () => {
    const ailing = aWorker({ ahead: 0, reason: "gpu-1 fails every job since 12:00 UTC: boom" });

    expect(kinds({ workers: [ailing] })).toEqual(["worker"]);
  });

  test("draining is nobody's trouble, until jobs wait and nobody is left to take them", () => {
    const drained = aWorker({ wanted: "drain" });

    expect(kinds({ workers: [drained] })).toEqual([]);
    expect(kinds({ workers: [drained], waiting: 2 })).toEqual(["allDraining"]);
    expect(kinds({ workers: [drained, aWorker({ id: "gpu-2" })], waiting: 2 })).toEqual([]);
  });
});

describe("the simulator", () => {
  const drawing = { simulated: true, restart_to_use: null };

  test("is told while it draws", () => {
    expect(kinds({ seen: drawing })).toEqual(["simulated"]);
  });

  test("gives way to the word of a ComfyUI that has come since", () => {
    const url = "http://127.0.0.1:8188";

    expect(notices({ seen: { ...drawing, restart_to_use: url } })).toEqual([
      { kind: "restartToUse", url },
    ]);
  });
});

describe("failures", () => {
  const failed = (about = {}) =>
    aJob({ status: "failed", finished_at: "2026-11-24T00:00:01Z", ...about });

  test("of today (UTC) are told, those of yesterday are not", () => {
    expect(notices({ jobs: [failed()] })).toEqual([{ kind: "failures", jobs: [failed()] }]);
    expect(kinds({ jobs: [failed({ finished_at: "2026-11-23T23:59:59Z" })] })).toEqual([]);
  });

  test("are dealt with once they are tried again", () => {
    const again = aJob({ id: nthId(2), status: "running", retry_of: failed().id });

    expect(kinds({ jobs: [again, failed()] })).toEqual([]);
  });

  test("are let go by whoever has seen them", () => {
    expect(kinds({ jobs: [failed()], dismissed: [failed().id] })).toEqual([]);
  });

  test("other ends are none", () => {
    const finished_at = "2026-11-24T12:00:00Z";

    expect(kinds({ jobs: [aJob({ status: "cancelled", finished_at }), aJob()] })).toEqual([]);
  });
});

test("messages that could not be delivered are told until they are decided about", () => {
  const open = aLetter();
  const decided = aLetter({ id: 2, decision: "retry", decided_at: "2026-11-24T12:01:00Z" });
  const settled = aLetter({ id: 3, settled_at: "2026-11-24T12:01:00Z" });

  expect(notices({ deadLetters: [decided, settled, open] })).toEqual([
    { kind: "deadLetters", letters: [open] },
  ]);
  expect(kinds({ deadLetters: [decided, settled] })).toEqual([]);
});

test("a store is told of that is nearly full, and none that has no limit", () => {
  expect(notices({ storage: { free_bytes: 2e9, is_nearly_full: true } })).toEqual([
    { kind: "storage", freeBytes: 2e9 },
  ]);
  expect(kinds({ storage: { free_bytes: null, is_nearly_full: false } })).toEqual([]);
});

test("the most pressing comes first", () => {
  const jobs = [aJob({ status: "failed", finished_at: "2026-11-24T12:00:00Z" })];

  expect(kinds({ workers: [], jobs, deadLetters: [aLetter()] })).toEqual([
    "noWorker",
    "deadLetters",
    "failures",
  ]);
});
