import { expect, it } from "vitest";
import { aJob, anItem, nthId } from "../../testing/samples";
import { MOST_TILES, tilesOf } from "./recent";

const NOW = Date.parse("2026-11-24T12:00:10Z");
const done = { status: "completed", image_url: "/i", thumbnail_url: "/t" } as const;

it("shows a completed job's image at once, and once when its item follows", () => {
  const job = aJob({ ...done, content_id: 2, finished_at: "2026-11-24T12:00:09Z" });
  const before = tilesOf([anItem({ id: 1 })], [job], NOW);
  expect(before.map(({ contentId }) => contentId)).toEqual([2, 1]);
  expect(before[0]).toMatchObject({ src: "/t", width: 512, height: 768 });
  const after = tilesOf([anItem({ id: 2 }), anItem({ id: 1 })], [job], NOW);
  expect(after.map(({ contentId }) => contentId)).toEqual([2, 1]);
});

it("leaves out what was deleted, what is older than a day, and what is beyond the hundred", () => {
  const jobs = [
    aJob({
      ...done,
      id: nthId(1),
      content_id: 1,
      image_url: null,
      finished_at: "2026-11-24T12:00:09Z",
    }),
    aJob({ ...done, id: nthId(2), content_id: 2, finished_at: "2026-11-23T11:00:00Z" }),
  ];
  expect(tilesOf([], jobs, NOW)).toEqual([]);
  const many = Array.from({ length: 150 }, (_, n) => anItem({ id: n + 1 }));
  expect(tilesOf(many, [], NOW)).toHaveLength(MOST_TILES);
});

it("marks what the simulator drew", () => {
  expect(tilesOf([anItem({ tags: ["simulated"] })], [], NOW)[0]?.isSimulated).toBe(true);
});
