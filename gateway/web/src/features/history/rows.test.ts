import { expect, test } from "vitest";
import type { JobView } from "../../api/schema";
import { JobStore } from "../../live/JobStore";
import { aJob, nthId } from "../../testing/samples";
import { historyRows } from "./rows";
import type { HistorySearch } from "./search";

function shown(
  listed: JobView[],
  live: JobView[],
  { search = {}, hasMore = false, removed = [] as string[] } = {},
) {
  const store = new JobStore();
  store.take(...live);
  store.remove(...removed);
  const { newest } = store;
  return historyRows({ listed, hasMore, live: store.all(), newest }, search);
}

const job = (n: number, about: Partial<JobView> = {}) => aJob({ id: nthId(n), ...about });
const ids = (jobs: JobView[]) => jobs.map(({ id }) => id);

test("a job that came after the list was read is at its top", () => {
  expect(ids(shown([job(2), job(1)], [job(3)]))).toEqual([nthId(3), nthId(2), nthId(1)]);
});

test("each row is the newest of what was listed and what came live", () => {
  const rows = shown(
    [job(2, { version: 3, status: "completed" }), job(1, { version: 1 })],
    [job(2, { version: 2, status: "running" }), job(1, { version: 2, status: "running" })],
  );

  expect(rows.map(({ status }) => status)).toEqual(["completed", "running"]);
});

test("a removed job is gone", () => {
  expect(ids(shown([job(2), job(1)], [], { removed: [nthId(1)] }))).toEqual([nthId(2)]);
});

test("an older live job waits until the list has come to it", () => {
  const listed = [job(9), job(8)];

  expect(ids(shown(listed, [job(3)], { hasMore: true }))).toEqual([nthId(9), nthId(8)]);
  expect(ids(shown(listed, [job(3)]))).toEqual([nthId(9), nthId(8), nthId(3)]);
});

test("a job leaves the filtered list when its status does, and enters it so", () => {
  const search: HistorySearch = { status: ["completed"] };
  const running = job(5, { version: 2, status: "running" });
  const completed = job(5, { version: 3, status: "completed" });

  expect(shown([], [running], { search })).toEqual([]);
  expect(ids(shown([], [completed], { search }))).toEqual([nthId(5)]);
  expect(shown([running], [completed], { search: { status: ["running"] } })).toEqual([]);
});

test("words hold for live jobs as well", () => {
  const search = { q: "owl" };

  expect(
    ids(shown([], [job(1, { prompt: "An Owl" }), job(2, { prompt: "a cat" })], { search })),
  ).toEqual([nthId(1)]);
});

test("while the first page of more is empty, nothing is put above what was not read", () => {
  expect(shown([], [job(1)], { hasMore: true })).toEqual([]);
});
