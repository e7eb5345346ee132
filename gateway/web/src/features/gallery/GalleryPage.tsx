import { getRouteApi } from "@tanstack/react-router";
import { useRef } from "react";
import { text } from "../../text";
import { LoadFailed } from "../../ui/LoadFailed";
import { usePageKeys } from "../../ui/usePageKeys";
import { GalleryEnd } from "./GalleryEnd";
import classes from "./GalleryPage.module.css";
import { GallerySkeleton } from "./GallerySkeleton";
import { GalleryToolbar } from "./GalleryToolbar";
import { JustifiedGrid } from "./JustifiedGrid";
import { NoImages } from "./NoImages";
import type { GallerySearch } from "./search";
import { useGallery } from "./useGallery";
import { useHeldBack } from "./useHeldBack";

const route = getRouteApi("/app/gallery");

export function GalleryPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const searchField = useRef<HTMLInputElement>(null);
  const gallery = useGallery(search);
  const { shown, waiting } = useHeldBack(gallery.items);
  const focusSearch = () => {
    searchField.current?.focus();
    searchField.current?.select();
  };
  usePageKeys([
    ["/", focusSearch],
    ["shift+/", focusSearch], // where the slash is over a digit
  ]);

  const change = (next: GallerySearch, replace = false) =>
    void navigate({ search: next, replace, resetScroll: true });

  return (
    <>
      <h1 className={classes.title}>{text.gallery.title}</h1>
      <GalleryToolbar
        search={search}
        items={gallery.items}
        searchField={searchField}
        onChange={change}
        waiting={waiting}
      />
      {gallery.isPending && <GallerySkeleton />}
      {gallery.isError && gallery.items.length === 0 && (
        <LoadFailed error={gallery.error} onRetry={() => void gallery.refetch()} />
      )}
      {gallery.isSuccess && gallery.items.length === 0 && (
        <NoImages search={search} onClear={() => change({})} />
      )}
      {shown.length > 0 && (
        <div className={classes.results} data-old={gallery.isPlaceholderData || undefined}>
          <JustifiedGrid
            items={shown}
            onNearEnd={() => {
              if (gallery.hasNextPage && !gallery.isFetching && !gallery.isError) {
                void gallery.fetchNextPage();
              }
            }}
          />
          <GalleryEnd
            count={gallery.items.length}
            hasMore={gallery.hasNextPage}
            error={gallery.isFetchNextPageError ? gallery.error : null}
            onRetry={() => void gallery.fetchNextPage()}
          />
        </div>
      )}
    </>
  );
}
