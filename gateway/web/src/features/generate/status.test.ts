import { expect, it } from "vitest";
import { aJob, nthId } from "../../testing/samples";
import { shownOf } from "./status";

it("shows who is next first, by place in the queue, else by age", () => {
  const jobs = [
    aJob({ id: nthId(4) }),
    aJob({ id: nthId(3) }),
    aJob({ id: nthId(2), queue_position: 2 }),
    aJob({ id: nthId(1), queue_position: 1 }),
  ];
  expect(shownOf(jobs, []).pending.map(({ id }) => id)).toEqual([1, 2, 3, 4].map(nthId));
});

it("shows a failed job until it is dismissed or tried again", () => {
  const failed = [1, 2, 3].map((n) => aJob({ id: nthId(n), status: "failed" }));
  const again = aJob({ id: nthId(4), retry_of: nthId(2) });
  const shown = shownOf([again, ...failed], [nthId(3)]);
  expect(shown.failed.map(({ id }) => id)).toEqual([nthId(1)]);
  expect(shown.pending).toEqual([again]);
});

it("leaves finished and cancelled jobs to the images and the history", () => {
  const jobs = [aJob({ status: "completed" }), aJob({ id: nthId(2), status: "cancelled" })];
  expect(shownOf(jobs, [])).toEqual({ running: [], pending: [], failed: [] });
});
