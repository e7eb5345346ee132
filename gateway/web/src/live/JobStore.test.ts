import { describe, expect, it, vi } from "vitest";
import type { JobView } from "../api/schema";
import { aJob, nthId } from "../testing/samples";
import { JobStore } from "./JobStore";

/** One job's life, version by version. */
const life: JobView[] = [
  aJob({ version: 1 }),
  aJob({ version: 2, status: "running" }),
  aJob({ version: 3, status: "pending", attempt: 2 }),
  aJob({ version: 4, status: "running", attempt: 2 }),
  aJob({ version: 5, status: "completed", attempt: 2, content_id: 9, image_url: "/9" }),
];

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}

describe("the version rule", () => {
  it("ends with the newest in whatever order, and however often, events come", () => {
    for (const order of permutations(life)) {
      const store = new JobStore();
      store.take(...order, ...order.toReversed());
      expect(store.get(nthId(1))).toEqual(life.at(-1));
    }
  });

  it("never shows a version lower than one that was shown", () => {
    for (const order of permutations(life)) {
      const store = new JobStore();
      const seen: number[] = [];
      store.subscribe(() => seen.push(store.get(nthId(1))?.version ?? 0));
      for (const job of order) store.take(job);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }
  });

  it("takes the later of two with the same version", () => {
    const store = new JobStore();
    store.take(aJob({ queue_position: 4 }), aJob({ queue_position: 3 }));
    expect(store.get(nthId(1))?.queue_position).toBe(3);
  });

  it("tells nobody about what is old", () => {
    const store = new JobStore();
    store.take(aJob({ version: 3, status: "running" }));
    const listener = vi.fn();
    store.subscribe(listener);
    store.take(aJob({ version: 2 }));
    expect(listener).not.toHaveBeenCalled();
  });

  it("keeps a removed job removed, whatever comes late", () => {
    const store = new JobStore();
    store.take(aJob());
    store.remove(nthId(1));
    store.take(aJob({ version: 8, status: "running" }));
    expect(store.get(nthId(1))).toBeUndefined();
    expect(store.newest(aJob())).toBeNull();
  });
});

describe("a snapshot after a gap", () => {
  it("names the unfinished jobs that it does not list, and only those", () => {
    const store = new JobStore();
    store.take(
      aJob({ id: nthId(1), status: "running", version: 2 }),
      aJob({ id: nthId(2), status: "completed", version: 3 }),
      aJob({ id: nthId(3) }),
    );
    const unlisted = store.takeFeed([aJob({ id: nthId(3), version: 2, status: "running" })]);
    expect(unlisted).toEqual([nthId(1)]);
    expect(store.get(nthId(3))?.status).toBe("running");
  });

  it("does not undo what an event said after the snapshot was read", () => {
    const store = new JobStore();
    store.take(aJob({ status: "completed", version: 3 }));
    expect(store.takeFeed([aJob({ status: "running", version: 2 })])).toEqual([]);
    expect(store.get(nthId(1))?.status).toBe("completed");
  });
});

describe("progress", () => {
  const running = aJob({ status: "running", version: 2, progress: 0.2 });
  const frame = { type: "job.progress" as const, job_id: nthId(1), node: null, steps: 10 };

  it("moves forward, and never back", () => {
    const store = new JobStore();
    store.take(running);
    store.takeProgress({ ...frame, version: 2, value: 0.6, step: 6 });
    store.takeProgress({ ...frame, version: 2, value: 0.5, step: 5 });
    expect(store.get(nthId(1))).toMatchObject({ progress: 0.6, step: 6, steps: 10 });
    store.take({ ...running, progress: 0.3 });
    expect(store.get(nthId(1))).toMatchObject({ progress: 0.6, step: 6, steps: 10 });
  });

  it("that was asked for and is further has no step, rather than an old one", () => {
    const store = new JobStore();
    store.take(running);
    store.takeProgress({ ...frame, version: 2, value: 0.6, step: 6 });
    store.take({ ...running, progress: 0.9 });
    expect(store.get(nthId(1))?.progress).toBe(0.9);
    expect(store.get(nthId(1))?.step).toBeUndefined();
  });

  it("of another version, or of a job that does not run, changes nothing", () => {
    const store = new JobStore();
    store.take(running, aJob({ id: nthId(2), status: "completed", version: 2, progress: 1 }));
    store.takeProgress({ ...frame, version: 1, value: 0.9, step: 9 });
    store.takeProgress({ ...frame, job_id: nthId(2), version: 2, value: 0.1, step: 1 });
    expect(store.get(nthId(1))?.progress).toBe(0.2);
    expect(store.get(nthId(2))?.progress).toBe(1);
  });

  it("begins anew with a new attempt", () => {
    const store = new JobStore();
    store.take(running);
    store.takeProgress({ ...frame, version: 2, value: 0.9, step: 9 });
    store.take(aJob({ status: "running", version: 4, attempt: 2 }));
    expect(store.get(nthId(1))?.progress ?? null).toBeNull();
    expect(store.get(nthId(1))?.step).toBeUndefined();
  });
});

describe("the queue", () => {
  it("places pending jobs only", () => {
    const store = new JobStore();
    store.take(aJob({ id: nthId(1) }), aJob({ id: nthId(2), status: "running", version: 2 }));
    store.takeQueue({
      type: "queue",
      waiting: 7,
      positions: { [nthId(1)]: 3, [nthId(2)]: 4, [nthId(9)]: 5 },
    });
    expect(store.get(nthId(1))?.queue_position).toBe(3);
    expect(store.get(nthId(2))?.queue_position).toBeUndefined();
    expect(store.all()).toHaveLength(2);
  });
});

describe("what is read from it", () => {
  it("is the same array until something changes, newest first", () => {
    const store = new JobStore();
    store.take(aJob({ id: nthId(1) }), aJob({ id: nthId(3) }), aJob({ id: nthId(2) }));
    const all = store.all();
    expect(store.all()).toBe(all);
    expect(all.map(({ id }) => id)).toEqual([nthId(3), nthId(2), nthId(1)]);
    store.take(aJob({ id: nthId(2), version: 2, status: "running" }));
    expect(store.all()).not.toBe(all);
  });

  it("forgets the oldest finished jobs, and never an unfinished one", () => {
    const store = new JobStore();
    store.take(aJob({ id: nthId(0) }));
    const finished = Array.from({ length: 5000 }, (_, n) =>
      aJob({ id: nthId(n + 1), status: "completed", version: 3 }),
    );
    store.take(...finished);
    expect(store.all().length).toBeLessThan(4000);
    expect(store.get(nthId(0))).toBeDefined();
    expect(store.get(nthId(5000))).toBeDefined();
    expect(store.get(nthId(1))).toBeUndefined();
  });

  it("is nothing after it was cleared, and then whatever comes", () => {
    const store = new JobStore();
    store.take(aJob({ id: nthId(1) }), aJob({ id: nthId(2) }));
    store.remove(nthId(2));
    store.clear();
    expect(store.all()).toEqual([]);
    store.take(aJob({ id: nthId(2) }));
    expect(store.all()).toHaveLength(1);
  });

  it("has no image of a job whose content was deleted", () => {
    const store = new JobStore();
    store.take(aJob({ status: "completed", version: 3, content_id: 9, image_url: "/9" }));
    store.forgetContent(9);
    expect(store.get(nthId(1))).toMatchObject({ image_url: null, thumbnail_url: null });
  });
});
