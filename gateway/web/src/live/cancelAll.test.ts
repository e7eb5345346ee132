import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { JobView } from "../api/schema";
import { aJob, nthId } from "../testing/samples";
import { server, serving } from "../testing/server";
import { cancelAll } from "./cancelAll";

serving();

const PAGE = 2;

/** So many wait; `refuse` answers instead of the gateway where it gives an answer. */
function withWaiting(count: number, refuse: (id: string) => Response | null = () => null) {
  const waiting = Array.from({ length: count }, (_, n) => nthId(n));
  const seen = { atOnce: 0, most: 0 };
  server.use(
    http.get("*/api/v1/generation-jobs", ({ request }) => {
      const query = new URL(request.url).searchParams;
      expect(query.getAll("status")).toEqual(["pending"]);
      const from = Number(query.get("cursor") ?? 0);
      const to = from + PAGE;
      const items = waiting.slice(from, to).map((id) => aJob({ id }));
      return HttpResponse.json({ items, next_cursor: to < count ? String(to) : null });
    }),
    http.post("*/api/v1/generation-jobs/:id/cancel", async ({ params }) => {
      seen.atOnce += 1;
      seen.most = Math.max(seen.most, seen.atOnce);
      await new Promise((resolve) => setTimeout(resolve));
      seen.atOnce -= 1;
      const id = String(params.id);
      return refuse(id) ?? HttpResponse.json(aJob({ id, version: 2, status: "cancelled" }));
    }),
  );
  return seen;
}

async function all() {
  const cancelled: JobView[] = [];
  const progress: string[] = [];
  const outcome = await cancelAll({
    onCancelled: (job) => cancelled.push(job),
    onProgress: (done, count) => progress.push(`${done}/${count}`),
  });
  return { cancelled, progress, outcome };
}

const problem = (status: number) =>
  HttpResponse.json({ status, title: "X", detail: "No.", trace_id: "t" }, { status });

test("every page of what waits is cancelled, a few at a time", async () => {
  const seen = withWaiting(9);

  const { cancelled, progress, outcome } = await all();

  expect(outcome).toEqual({ cancelled: 9, left: 0, error: null });
  expect(new Set(cancelled.map(({ id }) => id)).size).toBe(9);
  expect(progress.at(-1)).toBe("9/9");
  expect(seen.most).toBeGreaterThan(1);
  expect(seen.most).toBeLessThanOrEqual(4);
});

test("what ended a moment ago is no failure, and is not counted", async () => {
  withWaiting(3, (id) => (id === nthId(1) ? problem(409) : null));

  const { outcome } = await all();

  expect(outcome).toEqual({ cancelled: 2, left: 0, error: null });
});

test("what is refused is passed over, and told", async () => {
  withWaiting(5, (id) => (id === nthId(1) ? problem(500) : null));

  const { outcome } = await all();

  expect(outcome).toMatchObject({ cancelled: 4, left: 1, error: { problem: { detail: "No." } } });
});

test("once Darkroom does not answer the rest is left", async () => {
  const asked: string[] = [];
  withWaiting(40, (id) => {
    asked.push(id);
    return asked.length > 6 ? HttpResponse.error() : null;
  });

  const { outcome } = await all();

  expect(outcome.cancelled).toBe(6);
  expect(outcome.left).toBe(34);
  expect(asked.length).toBeLessThan(12);
});

test("where it cannot be read what waits, nothing is cancelled", async () => {
  server.use(http.get("*/api/v1/generation-jobs", () => problem(503)));

  await expect(all()).rejects.toMatchObject({ problem: { status: 503 } });
});
