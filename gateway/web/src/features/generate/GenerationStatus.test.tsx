import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, it } from "vitest";
import { aJob, nthId } from "../../testing/samples";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { text } from "../../text";
import { GenerationStatus } from "./GenerationStatus";

serving();
beforeEach(() => localStorage.clear());

it("follows a job from its place in the queue to its steps, and lets a finished one go", async () => {
  const { live } = show(<GenerationStatus />);
  expect(await screen.findByText(text.generate.idle)).toBeVisible();

  act(() => live.store.take(aJob({ queue_position: 3 })));
  expect(screen.getByText("3rd in the queue")).toBeVisible();

  act(() => live.store.take(aJob({ version: 2, status: "running" })));
  expect(screen.getByText(text.job.starting)).toBeVisible();

  const frame = { type: "job.progress" as const, job_id: nthId(1), version: 2, node: "5" };
  act(() => live.store.takeProgress({ ...frame, value: 0.43, step: 12, steps: 28 }));
  expect(screen.getByText("Step 12 of 28")).toBeVisible();
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "43");

  act(() => live.store.take(aJob({ version: 3, status: "completed", content_id: 1 })));
  expect(screen.getByText(text.generate.idle)).toBeVisible();
});

it("cancels the job that was pointed at", async () => {
  const asked: string[] = [];
  server.use(
    http.post("*/api/v1/generation-jobs/:id/cancel", ({ params }) => {
      asked.push(String(params.id));
      return HttpResponse.json(aJob({ id: String(params.id), version: 2, status: "cancelled" }));
    }),
  );
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() =>
    live.store.take(aJob({ id: nthId(1), prompt: "one" }), aJob({ id: nthId(2), prompt: "two" })),
  );
  await userEvent.click(screen.getByRole("button", { name: `${text.job.cancel}: two` }));
  await waitFor(() => expect(screen.queryByText("two")).not.toBeInTheDocument());
  expect(screen.getByText("one")).toBeVisible();
  expect(asked).toEqual([nthId(2)]);
});

it("a failed job says why; tried again it gives its place to the new one", async () => {
  server.use(
    http.post("*/api/v1/generation-jobs/:id/retry", ({ params }) =>
      HttpResponse.json(aJob({ id: nthId(2), retry_of: String(params.id), prompt: "again" }), {
        status: 201,
      }),
    ),
  );
  const error = {
    code: "out_of_memory",
    message: "CUDA out of memory",
    node_id: "5",
    node_type: "KSampler",
    retryable: true,
  };
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() => live.store.take(aJob({ version: 3, status: "failed", error })));
  expect(screen.getByText(text.failure.out_of_memory)).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: text.job.retry }));
  expect(await screen.findByText("again")).toBeVisible();
  expect(screen.queryByText(text.failure.out_of_memory)).not.toBeInTheDocument();
});

it("a dismissed failure stays away, after a reload too", async () => {
  const failed = aJob({ version: 3, status: "failed" });
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() => live.store.take(failed));
  await userEvent.click(screen.getByRole("button", { name: text.job.dismiss }));
  expect(screen.getByText(text.generate.idle)).toBeVisible();

  document.body.replaceChildren();
  const again = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() => again.live.store.take(failed));
  expect(screen.getByText(text.generate.idle)).toBeVisible();
});

it("what another tab dismisses goes here too", async () => {
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() => live.store.take(aJob({ version: 3, status: "failed" })));
  expect(screen.getByRole("button", { name: text.job.dismiss })).toBeVisible();

  localStorage.setItem("darkroom.dismissed", JSON.stringify([nthId(1)]));
  act(() => void dispatchEvent(new StorageEvent("storage", { key: "darkroom.dismissed" })));

  expect(screen.getByText(text.generate.idle)).toBeVisible();
});

it("all that waits is cancelled after a question that says how many", async () => {
  const waiting = [1, 2, 3].map((n) => aJob({ id: nthId(n), prompt: `job ${n}` }));
  server.use(
    http.get("*/api/v1/generation-jobs", () =>
      HttpResponse.json({ items: waiting, next_cursor: null }),
    ),
    http.post("*/api/v1/generation-jobs/:id/cancel", ({ params }) =>
      HttpResponse.json(aJob({ id: String(params.id), version: 2, status: "cancelled" })),
    ),
  );
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  act(() => live.store.take(aJob({ id: nthId(9), version: 2, status: "running" }), ...waiting));

  await userEvent.click(screen.getByRole("button", { name: text.cancelAll.button }));
  await userEvent.click(await screen.findByRole("button", { name: text.cancelAll.confirm(3) }));

  await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(1));
  expect(live.store.get(nthId(9))?.status).toBe("running");
});

it("of many waiting jobs shows the first few, and how many more there are", async () => {
  const { live } = show(<GenerationStatus />);
  await screen.findByText(text.generate.idle);
  const many = Array.from({ length: 50 }, (_, n) => aJob({ id: nthId(n), queue_position: n + 1 }));
  act(() => live.store.take(...many));
  expect(screen.getAllByRole("listitem")).toHaveLength(4);
  expect(screen.getByText(text.generate.further(47))).toBeVisible();
});
