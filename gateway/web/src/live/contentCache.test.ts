import {
  type InfiniteData,
  InfiniteQueryObserver,
  QueryClient,
  QueryObserver,
} from "@tanstack/react-query";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ContentDetail, ContentView, PageContentView } from "../api/schema";
import { anItem } from "../testing/samples";
import { contentCreated, contentDeleted, contentUpdated } from "./contentCache";

const PATH = "/api/v1/content-items";
type Pages = InfiniteData<PageContentView>;

let cache: QueryClient;
beforeEach(() => {
  cache = new QueryClient();
});

const listKey = (query: object) => ["get", PATH, { params: { query } }];
const itemKey = (id: number) => [
  "get",
  `${PATH}/{content_id}`,
  { params: { path: { content_id: id } } },
];
const page = (...ids: number[]) => ({ items: ids.map((id) => anItem({ id })), next_cursor: null });
const pagesOf = (...pages: PageContentView[]): Pages => ({
  pages,
  pageParams: pages.map(() => null),
});
const isStale = (key: readonly unknown[]) => cache.getQueryState(key)?.isInvalidated;

const plainKey = listKey({ limit: 8 });
const endlessKey = listKey({ limit: 100 });
const plain = () => cache.getQueryData<PageContentView>(plainKey)?.items.map(({ id }) => id);
const endless = () =>
  cache.getQueryData<Pages>(endlessKey)?.pages.map(({ items }) => items.map(({ id }) => id));

function listsHold() {
  cache.setQueryData(plainKey, page(5, 4));
  cache.setQueryData(endlessKey, pagesOf(page(5, 4), page(3, 2)));
}

describe("created", () => {
  beforeEach(listsHold);

  test("it comes first in plain and in endless lists", () => {
    contentCreated(cache, anItem({ id: 6 }));

    expect(plain()).toEqual([6, 5, 4]);
    expect(endless()).toEqual([
      [6, 5, 4],
      [3, 2],
    ]);
  });

  test("told twice it is there once", () => {
    contentCreated(cache, anItem({ id: 6 }));
    contentCreated(cache, anItem({ id: 6 }));

    expect(endless()?.flat()).toEqual([6, 5, 4, 3, 2]);
  });

  test("two that are told in the wrong order stand in the right one", () => {
    contentCreated(cache, anItem({ id: 7 }));
    contentCreated(cache, anItem({ id: 6 }));

    expect(endless()?.flat()).toEqual([7, 6, 5, 4, 3, 2]);
  });

  test("an old one, told late, does not move to the top", () => {
    contentCreated(cache, anItem({ id: 3 }));

    expect(endless()?.flat()).toEqual([5, 4, 3, 2]);
  });

  test("a copy that comes late does not undo a change", () => {
    contentUpdated(cache, anItem({ id: 5, version: 2, title: "Dawn" }));
    contentCreated(cache, anItem({ id: 5, version: 1, title: "" }));

    expect(cache.getQueryData<PageContentView>(plainKey)?.items[0]?.title).toBe("Dawn");
  });

  test("the newest item, which has a neighbour now, is read again", () => {
    cache.setQueryData(itemKey(5), { ...anItem({ id: 5 }), previous_id: null, next_id: 4 });

    contentCreated(cache, anItem({ id: 6 }));

    expect(isStale(itemKey(5))).toBe(true);
  });

  test("a list of the last day takes it too", () => {
    const key = listKey({ limit: 100, created_after: "2026-11-23T12:00:00Z" });
    cache.setQueryData(key, page(5));

    contentCreated(cache, anItem({ id: 6 }));

    expect(cache.getQueryData<PageContentView>(key)?.items).toHaveLength(2);
  });

  test.each([{ q: "fog" }, { tag: ["night"] }, { favorite: true }, { checkpoint: "x" }])(
    "whether the filter %j lets it in is asked of the server",
    (filter) => {
      const key = listKey({ limit: 100, ...filter });
      cache.setQueryData(key, pagesOf(page(5)));

      contentCreated(cache, anItem({ id: 6 }));

      expect(cache.getQueryData<Pages>(key)?.pages[0]?.items).toHaveLength(1);
      expect(isStale(key)).toBe(true);
    },
  );

  test("a filter that is not set is none", () => {
    const key = listKey({ limit: 50, q: undefined });
    cache.setQueryData(key, page(5));

    contentCreated(cache, anItem({ id: 6 }));

    expect(cache.getQueryData<PageContentView>(key)?.items).toHaveLength(2);
  });
});

describe("updated", () => {
  const held = (id: number): ContentView | undefined =>
    cache
      .getQueryData<Pages>(endlessKey)
      ?.pages.flatMap(({ items }) => items)
      .find((item) => item.id === id);

  beforeEach(listsHold);

  test("it changes where it stands, in lists and on its own page", () => {
    cache.setQueryData(itemKey(3), { ...anItem({ id: 3 }), previous_id: 4, next_id: 2 });

    contentUpdated(cache, anItem({ id: 3, version: 2, is_favorite: true }));

    expect(held(3)?.is_favorite).toBe(true);
    expect(cache.getQueryData<ContentDetail>(itemKey(3))).toMatchObject({
      is_favorite: true,
      previous_id: 4,
      next_id: 2,
    });
    expect(endless()?.flat()).toEqual([5, 4, 3, 2]);
  });

  test("an older version changes nothing", () => {
    contentUpdated(cache, anItem({ id: 3, version: 3, title: "new" }));
    contentUpdated(cache, anItem({ id: 3, version: 2, title: "old" }));

    expect(held(3)?.title).toBe("new");
  });

  test("other items stay as they are", () => {
    const before = held(4);

    contentUpdated(cache, anItem({ id: 3, version: 2, rating: 5 }));

    expect(held(4)).toBe(before);
  });

  test("one that no list holds is not put into any", () => {
    contentUpdated(cache, anItem({ id: 99, version: 2 }));

    expect(endless()?.flat()).toEqual([5, 4, 3, 2]);
  });

  test("filtered lists, which may hold it now or no longer, are read again when next shown", () => {
    const key = listKey({ limit: 100, favorite: true });
    cache.setQueryData(key, pagesOf(page(5)));

    contentUpdated(cache, anItem({ id: 3, version: 2, is_favorite: true }));

    expect(isStale(key)).toBe(true);
    expect(isStale(endlessKey)).toBe(false);
  });
});

describe("deleted", () => {
  beforeEach(listsHold);

  test("it leaves every list, filtered ones too", () => {
    const filtered = listKey({ limit: 100, q: "fog" });
    cache.setQueryData(filtered, pagesOf(page(4, 2)));

    contentDeleted(cache, 4);
    contentDeleted(cache, 4);

    expect(plain()).toEqual([5]);
    expect(endless()).toEqual([[5], [3, 2]]);
    expect(cache.getQueryData<Pages>(filtered)?.pages[0]?.items.map(({ id }) => id)).toEqual([2]);
  });

  test("its neighbours are read again", () => {
    cache.setQueryData(itemKey(5), { ...anItem({ id: 5 }), previous_id: null, next_id: 4 });

    contentDeleted(cache, 4);

    expect(isStale(itemKey(5))).toBe(true);
  });
});

describe("what is being read while something happens", () => {
  /** Each read is answered when the test says so. */
  function slowServer<T>() {
    const answers: ((answer: T) => void)[] = [];
    return { read: () => new Promise<T>((answer) => answers.push(answer)), answers };
  }

  test("an item that comes while the next page is read is not lost with its answer", async () => {
    const { read, answers } = slowServer<PageContentView>();
    const gallery = new InfiniteQueryObserver(cache, {
      queryKey: endlessKey,
      queryFn: read,
      initialPageParam: null as string | null,
      getNextPageParam: ({ next_cursor }) => next_cursor,
    });
    const leave = gallery.subscribe(() => {});
    answers[0]?.({ ...page(5, 4), next_cursor: "c" });
    await vi.waitFor(() => expect(endless()).toEqual([[5, 4]]));

    void gallery.fetchNextPage();
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    contentCreated(cache, anItem({ id: 6 }));
    answers[1]?.(page(3, 2)); // as the server saw it before
    await vi.waitFor(() => expect(answers).toHaveLength(3));
    answers[2]?.({ ...page(6, 5, 4), next_cursor: "c" });

    await vi.waitFor(() => expect(cache.isFetching()).toBe(0));
    expect(endless()).toEqual([[6, 5, 4]]);
    leave();
  });

  test("a first answer that is older than the event is asked for again", async () => {
    const { read, answers } = slowServer<PageContentView>();
    const list = new QueryObserver(cache, { queryKey: plainKey, queryFn: read });
    const leave = list.subscribe(() => {});
    await vi.waitFor(() => expect(answers).toHaveLength(1));

    contentCreated(cache, anItem({ id: 6 }));
    answers[0]?.(page(5));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.(page(6, 5));

    await vi.waitFor(() => expect(plain()).toEqual([6, 5]));
    leave();
  });

  test("an item that changes while it is read ends as it was changed", async () => {
    const { read, answers } = slowServer<ContentDetail>();
    const detail = (version: number) => ({
      ...anItem({ version }),
      previous_id: null,
      next_id: null,
    });
    const item = new QueryObserver(cache, { queryKey: itemKey(1), queryFn: read });
    const leave = item.subscribe(() => {});
    await vi.waitFor(() => expect(answers).toHaveLength(1));

    contentUpdated(cache, anItem({ version: 2 }));
    answers[0]?.(detail(1));
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[1]?.(detail(2));

    await vi.waitFor(() => expect(item.getCurrentResult().data?.version).toBe(2));
    leave();
  });
});
