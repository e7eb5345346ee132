/** Puts what the feed says of content into the lists and items that are in the query cache. */
import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import type { ContentDetail, ContentView, PageContentView } from "../api/schema";

const LIST = ["get", "/api/v1/content-items"] as const;
const ITEM = ["get", "/api/v1/content-items/{content_id}"] as const;
const STATS = ["get", "/api/v1/stats"] as const;

type List = PageContentView | InfiniteData<PageContentView>;

/** After a gap: whatever is shown is read again. */
export function contentMayHaveChanged(cache: QueryClient) {
  for (const queryKey of [LIST, ITEM, STATS]) void cache.invalidateQueries({ queryKey });
}

/** Goes to the top of each list that has no filter; whether a filter lets it in, the server says. */
export function contentCreated(cache: QueryClient, content: ContentView) {
  const lists = cache.getQueryCache().findAll({ queryKey: LIST });
  for (const { queryKey } of lists) {
    if (isFiltered(queryKey)) void cache.invalidateQueries({ queryKey, exact: true });
    else cache.setQueryData<List>(queryKey, (list) => list && withNew(list, content));
  }
  readAgainWhatIsBeingRead(cache, LIST);
  void cache.invalidateQueries({ queryKey: STATS });
  void cache.invalidateQueries({ queryKey: ITEM }); // the newest has a neighbour now
}

function isFiltered(queryKey: readonly unknown[]): boolean {
  const init = queryKey[2] as { params?: { query?: object } } | undefined;
  const filters = Object.entries(init?.params?.query ?? {}).filter(
    ([, value]) => value !== undefined,
  );
  return filters.some(([name]) => name !== "limit" && name !== "created_after");
}

function withNew(list: List, content: ContentView): List {
  const held = itemsOf(list).find(({ id }) => id === content.id);
  const newest = held && held.version > content.version ? held : content;
  let isFirst = true;
  return mapItems(list, (items) => {
    const others = items.filter((item) => item.id !== content.id);
    if (!isFirst) return others;
    isFirst = false;
    return [newest, ...others].sort((a, b) => b.id - a.id);
  });
}

function itemsOf(list: List): ContentView[] {
  return "pages" in list ? list.pages.flatMap(({ items }) => items) : list.items;
}

/** In place. Whether a filter still lets it in is asked when its list is looked at again. */
export function contentUpdated(cache: QueryClient, content: ContentView) {
  const newer = <T extends ContentView>(held: T): T =>
    held.id === content.id && held.version <= content.version ? { ...held, ...content } : held;
  cache.setQueriesData<List>(
    { queryKey: LIST },
    (list) => list && mapItems(list, (items) => items.map(newer)),
  );
  cache.setQueriesData<ContentDetail>({ queryKey: ITEM }, (item) => item && newer(item));
  void cache.invalidateQueries({
    queryKey: LIST,
    predicate: ({ queryKey }) => isFiltered(queryKey),
    refetchType: "none",
  });
  readAgainWhatIsBeingRead(cache, LIST, ITEM);
}

export function contentDeleted(cache: QueryClient, id: number) {
  const without = (items: ContentView[]) => items.filter((item) => item.id !== id);
  cache.setQueriesData<List>({ queryKey: LIST }, (list) => list && mapItems(list, without));
  readAgainWhatIsBeingRead(cache, LIST);
  void cache.invalidateQueries({ queryKey: ITEM });
  void cache.invalidateQueries({ queryKey: STATS });
}

/** The server may have looked before this happened, and its answer is still to come. */
function readAgainWhatIsBeingRead(cache: QueryClient, ...keys: QueryKey[]) {
  for (const queryKey of keys) {
    for (const query of cache.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" })) {
      const only = { queryKey: query.queryKey, exact: true };
      void cache.cancelQueries(only).then(() => cache.invalidateQueries(only));
    }
  }
}

function mapItems(list: List, change: (items: ContentView[]) => ContentView[]): List {
  if ("pages" in list) {
    return { ...list, pages: list.pages.map((page) => ({ ...page, items: change(page.items) })) };
  }
  return { ...list, items: change(list.items) };
}
