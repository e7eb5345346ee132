import { keepPreviousData } from "@tanstack/react-query";
import { useMemo } from "react";
import { $api } from "../../api/client";
import { usePendingChanges, withChanges } from "../content/useContentChange";
import type { GallerySearch } from "./search";

const PAGE = 100;
const KEPT_MS = 30 * 60_000; // Back from an image finds the grid as it was left

/** The images that match, newest first, as far as they are loaded. */
export function useGallery(search: GallerySearch) {
  const gallery = $api.useInfiniteQuery(
    "get",
    "/api/v1/content-items",
    { params: { query: { limit: PAGE, ...search } } },
    {
      initialPageParam: null,
      getNextPageParam: ({ next_cursor }) => next_cursor,
      placeholderData: keepPreviousData,
      gcTime: KEPT_MS,
      // Pages that were there stay the same objects anyway; to compare a thousand items takes long.
      structuralSharing: false,
    },
  );
  const pending = usePendingChanges();
  const pages = gallery.data?.pages;
  const items = useMemo(
    () => (pages ?? []).flatMap((page) => page.items).map((item) => withChanges(item, pending)),
    [pages, pending],
  );
  return { ...gallery, items };
}
