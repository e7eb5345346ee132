import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { aJob } from "../../testing/samples";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { text } from "../../text";
import { HistoryRow } from "./HistoryRow";

serving();

const failed = aJob({
  status: "failed",
  prompt: "an owl",
  error: { code: "timed_out", message: "after 900 s", retryable: true },
});

test("a failed job says in words what happened, and offers to try again", async () => {
  show(<HistoryRow job={failed} isRetried={false} />);

  expect(await screen.findByText(text.failure.timed_out)).toBeVisible();
  expect(screen.getByRole("button", { name: "Retry: an owl" })).toBeVisible();
});

test("what was tried again already is not offered a second time", async () => {
  show(<HistoryRow job={failed} isRetried />);

  expect(await screen.findByText(text.history.retried)).toBeVisible();
  expect(screen.queryByRole("button", { name: "Retry: an owl" })).toBeNull();
});

test("a job is removed after a question, of which its image is told", async () => {
  const removed: unknown[] = [];
  server.use(
    http.delete("*/api/v1/generation-jobs/:id", ({ params }) => {
      removed.push(params.id);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const job = aJob({ status: "completed", content_id: 4, prompt: "an owl" });
  show(<HistoryRow job={job} isRetried={false} />);

  await userEvent.click(await screen.findByRole("button", { name: "Remove: an owl" }));
  expect(await screen.findByText(text.history.removeMade)).toBeVisible();
  expect(removed).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: text.job.remove }));

  await expect.poll(() => removed).toEqual([job.id]);
});

test("its details are read when they are asked for, and not before", async () => {
  let asked = 0;
  server.use(
    http.get("*/api/v1/generation-jobs/:id/events", () => {
      asked += 1;
      const at = "2026-03-01T12:00:00Z";
      const event = {
        type: "job.created",
        version: 1,
        at,
        attempt: 1,
        worker_id: null,
        detail: null,
      };
      return HttpResponse.json({ items: [event] });
    }),
  );
  show(<HistoryRow job={aJob({ status: "cancelled" })} isRetried={false} />);
  const toggle = await screen.findByRole("button", { name: text.history.more });
  expect(asked).toBe(0);

  await userEvent.click(toggle);

  expect(await screen.findByText(text.history.events["job.created"])).toBeVisible();
});
