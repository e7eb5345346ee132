import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import { contentCreated } from "../../live/contentCache";
import { createLive } from "../../live/live";
import { createAppRouter } from "../../router";
import { anItem } from "../../testing/samples";
import { server, serving } from "../../testing/server";
import { theme } from "../../theme";

serving();

const LIST = `${location.origin}/api/v1/content-items`;
const items = [4, 3, 2, 1].map((id) =>
  anItem({ id, prompt: `picture ${id}`, tags: id > 2 ? ["night"] : [] }),
);

let asked: URLSearchParams[];

beforeEach(() => {
  asked = [];
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1000);
  server.use(
    http.get(`${location.origin}/api/v1/me`, () => HttpResponse.json({})),
    http.get(LIST, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const found = query.has("q") ? [] : items;
      return HttpResponse.json({ items: found, next_cursor: null });
    }),
  );
});

function open(address: string) {
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const live = createLive(cache);
  vi.spyOn(live.connection, "start").mockImplementation(() => {});
  const router = createAppRouter({ live });
  router.update({ ...router.options, history: createMemoryHistory({ initialEntries: [address] }) });
  render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { cache, search: () => router.state.location.search };
}

const tiles = () => screen.findAllByRole("link", { name: /^Open: / });

test("the newest image comes first, and Tab reaches one of them", async () => {
  open("/gallery");

  const links = await tiles();
  expect(links).toHaveLength(items.length);
  items.forEach(({ prompt }, index) => {
    expect(links[index]).toHaveAccessibleName(expect.stringContaining(`Open: ${prompt}`));
  });
  expect(links.map((link) => link.tabIndex)).toEqual([0, -1, -1, -1]);
});

test("arrows move the focus, and with it what Tab reaches", async () => {
  open("/gallery");
  const [first, second] = await tiles();

  first?.focus();
  await userEvent.keyboard("{ArrowRight}");

  expect(second).toHaveFocus();
  expect(second).toHaveAttribute("tabindex", "0");
  expect(first).toHaveAttribute("tabindex", "-1");
});

test("F favours the image that has the focus", async () => {
  const changes: unknown[] = [];
  server.use(
    http.patch(`${LIST}/3`, async ({ request }) => {
      const change = (await request.json()) as object;
      changes.push(change);
      return HttpResponse.json({ ...items[1], ...change, version: 2 });
    }),
  );
  open("/gallery");
  (await tiles())[1]?.focus();

  await userEvent.keyboard("f");

  expect(await screen.findByRole("button", { name: "Remove from favourites" })).toBeInTheDocument();
  await waitFor(() => expect(changes).toEqual([{ is_favorite: true }]));
});

test("an image that comes is there by itself", async () => {
  const { cache } = open("/gallery");
  await tiles();

  contentCreated(cache, anItem({ id: 5, prompt: "picture 5" }));

  expect(await screen.findByRole("link", { name: /^Open: picture 5/ })).toBeInTheDocument();
});

test("the slash leads to the search, which asks the server and stands in the address", async () => {
  const { search } = open("/gallery");
  await tiles();

  await userEvent.keyboard("/");
  await userEvent.keyboard("fog");

  expect(await screen.findByText("No image matches")).toBeVisible();
  expect(search()).toEqual({ q: "fog" });
  expect(asked.at(-1)?.get("q")).toBe("fog");
});

test("clearing the filters shows everything again", async () => {
  const { search } = open("/gallery?q=fog&favorite=true");

  await userEvent.click(await screen.findByRole("button", { name: "Clear filters" }));

  expect(await tiles()).toHaveLength(4);
  expect(search()).toEqual({});
});

test("tags of the address are asked for, and a further one narrows it", async () => {
  const { search } = open("/gallery?tag=film");

  await userEvent.click(
    await screen.findByRole("button", { name: "Only images with the tag night" }),
  );

  await waitFor(() => expect(asked.at(-1)?.getAll("tag")).toEqual(["film", "night"]));
  expect(asked[0]?.getAll("tag")).toEqual(["film"]);
  expect(search()).toEqual({ tag: ["film", "night"] });
});

test("favourites are a filter that can be put off again", async () => {
  const { search } = open("/gallery");
  await tiles();

  await userEvent.click(screen.getByRole("button", { name: "Favourites" }));
  await waitFor(() => expect(asked.at(-1)?.get("favorite")).toBe("true"));
  await userEvent.click(screen.getByRole("button", { name: "Favourites", pressed: true }));

  await waitFor(() => expect(search()).toEqual({}));
});

test("without any image it leads to where they are made", async () => {
  server.use(http.get(LIST, () => HttpResponse.json({ items: [], next_cursor: null })));
  open("/gallery");

  expect(await screen.findByText("No images yet")).toBeVisible();
  expect(screen.getByRole("link", { name: "Generate an image" })).toHaveAttribute(
    "href",
    "/generate",
  );
});

test("what could not be loaded is asked for again on demand", async () => {
  const problem = { type: "x", title: "X", status: 500, detail: "Out of order.", trace_id: "t" };
  server.use(http.get(LIST, () => HttpResponse.json(problem, { status: 500 }), { once: true }));
  open("/gallery");

  expect(await screen.findByText("Out of order.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));

  expect(await tiles()).toHaveLength(4);
});
