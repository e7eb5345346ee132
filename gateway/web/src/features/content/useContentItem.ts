import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { $api } from "../../api/client";
import { usePendingChanges, withChanges } from "./useContentChange";

/** An item, as it is wanted to be while a change is on its way; its neighbours are read ahead. */
export function useContentItem(id: number) {
  const query = $api.useQuery(...one(id));
  const pending = usePendingChanges();
  useReadAhead(query.data?.previous_id ?? null);
  useReadAhead(query.data?.next_id ?? null);
  return { ...query, item: query.data && withChanges(query.data, pending) };
}

function one(id: number) {
  return [
    "get",
    "/api/v1/content-items/{content_id}",
    { params: { path: { content_id: id } } },
  ] as const;
}

function useReadAhead(id: number | null) {
  const cache = useQueryClient();
  useEffect(() => {
    if (id === null) return;
    void cache
      .query($api.queryOptions(...one(id)))
      .then(({ thumbnails }) => {
        if (thumbnails.large) new Image().src = thumbnails.large;
      })
      .catch(() => {}); // its own page will say so
  }, [cache, id]);
}
