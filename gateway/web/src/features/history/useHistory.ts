import { useMemo } from "react";
import { $api } from "../../api/client";
import { useJobs, useLive } from "../../live/LiveContext";
import { historyRows } from "./rows";
import type { HistorySearch } from "./search";

const PAGE = 50;

export function useHistory(search: HistorySearch) {
  const { store } = useLive();
  const live = useJobs();
  const { q, status } = search;
  const list = $api.useInfiniteQuery(
    "get",
    "/api/v1/generation-jobs",
    {
      params: {
        query: { limit: PAGE, ...(q ? { q } : {}), ...(status ? { status } : {}) },
      },
    },
    {
      pageParamName: "cursor",
      initialPageParam: null, // undefined would be sent as 0
      getNextPageParam: (page) => page.next_cursor ?? undefined,
    },
  );
  const { data, hasNextPage } = list;
  const rows = useMemo(() => {
    if (!data) return null;
    const listed = data.pages.flatMap((page) => page.items);
    return historyRows({ listed, hasMore: hasNextPage, live, newest: store.newest }, search);
  }, [data, hasNextPage, live, store, search]);
  // The new job may be one that the filters hide.
  const retriedIds = useMemo(
    () => new Set([...live, ...(rows ?? [])].map(({ retry_of }) => retry_of)),
    [live, rows],
  );
  return { ...list, rows, retriedIds };
}
