import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import type { ContentDetail } from "../../api/schema";
import { contentDeleted, contentUpdated } from "../../live/contentCache";
import { aJob, anItem } from "../../testing/samples";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { ItemPage } from "./ItemPage";

serving();

const API = `${location.origin}/api/v1`;
const item: ContentDetail = {
  ...anItem({ id: 5, tags: ["night"] }),
  previous_id: null,
  next_id: null,
};
const refusal = { type: "refused", title: "Refused", status: 422, detail: "No.", trace_id: "t" };

let asked: unknown[];

beforeEach(() => {
  asked = [];
  server.use(
    http.get(`${API}/content-items/5`, () => HttpResponse.json(item)),
    http.get(`${API}/workflows`, () => HttpResponse.json({ items: [], next_cursor: null })),
    http.get(`${API}/generation-jobs/:id`, () =>
      HttpResponse.json(
        aJob({
          status: "completed",
          created_at: "2026-11-24T12:00:00Z",
          started_at: "2026-11-24T12:00:02Z",
          finished_at: "2026-11-24T12:00:05Z",
        }),
      ),
    ),
  );
});

/** Answers changes when told to, so that what is shown meanwhile can be looked at. */
function changing(answer: (body: object) => Response) {
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  server.use(
    http.patch(`${API}/content-items/5`, async ({ request }) => {
      const body = (await request.json()) as object;
      asked.push(body);
      await held;
      return answer(body);
    }),
  );
  return () => go();
}

const changed = (body: object) => HttpResponse.json({ ...item, ...body, version: 2 });

test("it shows the image, what made it, and how long that took", async () => {
  show(<ItemPage id={5} />);

  expect(await screen.findByRole("img", { name: item.prompt })).toHaveAttribute(
    "src",
    item.image_url,
  );
  expect(screen.getByText("512 × 768")).toBeVisible();
  expect(await screen.findByText("3.0 s")).toBeVisible();
});

test("a tag appears at once, and stays when the server agrees", async () => {
  const go = changing(changed);
  const { cache } = show(<ItemPage id={5} />);

  await userEvent.type(await screen.findByLabelText("Add a tag"), "fog{Enter}");
  expect(screen.getByRole("link", { name: /tag fog/ })).toBeVisible();
  go();

  await waitFor(() => expect(cache.isMutating()).toBe(0));
  expect(screen.getByRole("link", { name: /tag fog/ })).toBeVisible();
  expect(asked).toEqual([{ tags: ["night", "fog"] }]);
});

test("a change that is refused is taken back, and said", async () => {
  const go = changing(() => HttpResponse.json(refusal, { status: 422 }));
  show(<ItemPage id={5} />);

  await userEvent.click(await screen.findByRole("button", { name: "Remove the tag night" }));
  expect(screen.queryByRole("link", { name: /tag night/ })).not.toBeInTheDocument();
  go();

  expect(await screen.findByRole("link", { name: /tag night/ })).toBeVisible();
});

test("keys favour and rate; the same rating again clears it", async () => {
  changing(changed)();
  const { cache } = show(<ItemPage id={5} />);
  await screen.findByRole("img");

  await userEvent.keyboard("f");
  await userEvent.keyboard("4");
  expect(await screen.findByRole("button", { name: "Clear the rating" })).toBeVisible();
  await waitFor(() => expect(cache.isMutating()).toBe(0));
  await userEvent.keyboard("4");

  await waitFor(() =>
    expect(asked).toEqual([{ is_favorite: true }, { rating: 4 }, { rating: null }]),
  );
});

test("keys do nothing while one types", async () => {
  show(<ItemPage id={5} />);

  await userEvent.type(await screen.findByLabelText("Add a tag"), "f4z{Escape}");

  expect(asked).toEqual([]);
  expect(screen.getByRole("button", { name: "Show at 100 %" })).toBeInTheDocument();
});

test("Z shows it at its own size and back", async () => {
  show(<ItemPage id={5} />);
  await screen.findByRole("img");

  await userEvent.keyboard("z");
  expect(screen.getByRole("button", { name: "Fit to the window" })).toBeInTheDocument();
  await userEvent.keyboard("{Escape}");

  expect(screen.getByRole("button", { name: "Show at 100 %" })).toBeInTheDocument();
});

test("the title is changed in place, Escape leaves it", async () => {
  changing(changed)();
  show(<ItemPage id={5} />);

  await userEvent.click(await screen.findByRole("button", { name: "Change the title" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Title" }), "Dusk{Escape}");
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Image 5");

  await userEvent.click(screen.getByRole("button", { name: "Change the title" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Title" }), "Dawn{Enter}");
  expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("Dawn");
  await waitFor(() => expect(asked).toEqual([{ title: "Dawn" }]));
});

test("it is deleted only after it was asked", async () => {
  const deleted = vi.fn();
  server.use(
    http.delete(`${API}/content-items/5`, () => {
      deleted();
      return new HttpResponse(null, { status: 204 });
    }),
  );
  show(<ItemPage id={5} />);

  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  await userEvent.click(
    within(screen.getByRole("dialog")).getByRole("button", { name: "Keep it" }),
  );
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(deleted).not.toHaveBeenCalled();

  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  await userEvent.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Delete" }));
  await waitFor(() => expect(deleted).toHaveBeenCalledOnce());
});

test("what changes elsewhere is shown", async () => {
  const { cache } = show(<ItemPage id={5} />);
  await screen.findByRole("img");

  contentUpdated(cache, { ...item, title: "Named elsewhere", version: 3 });

  expect(await screen.findByRole("heading", { name: "Named elsewhere" })).toBeVisible();
});

test("deleted elsewhere, it says that it is gone", async () => {
  const { cache } = show(<ItemPage id={5} />);
  await screen.findByRole("img");
  server.use(
    http.get(`${API}/content-items/5`, () =>
      HttpResponse.json({ ...refusal, status: 404 }, { status: 404 }),
    ),
  );

  contentDeleted(cache, 5);

  expect(await screen.findByText("This image does not exist or was deleted")).toBeVisible();
});

test("without its file there is nothing to zoom or to download", async () => {
  server.use(
    http.get(`${API}/content-items/5`, () =>
      HttpResponse.json({ ...item, file_missing: true, image_url: null, thumbnails: {} }),
    ),
  );
  show(<ItemPage id={5} />);

  expect(await screen.findByText("The file is missing from the media store")).toBeVisible();
  expect(screen.queryByRole("link", { name: "Download" })).not.toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Show at 100 %" })).not.toBeInTheDocument();
});

test("arrow keys that come before the item are followed once it is there", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  server.use(
    http.get(`${API}/content-items/5`, async () => {
      await held;
      return HttpResponse.json({ ...item, next_id: 4 });
    }),
    http.get(`${API}/content-items/4`, () => HttpResponse.json({ ...item, id: 4 })),
  );
  const { router } = show(<ItemPage id={5} />);
  await screen.findByRole("status", { name: "Loading images" });

  await userEvent.keyboard("{ArrowRight}");
  expect(router.state.location.pathname).toBe("/here");
  answer();

  await waitFor(() => expect(router.state.location.pathname).toBe("/4"));
});
