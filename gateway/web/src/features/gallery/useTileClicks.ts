import { useNavigate } from "@tanstack/react-router";
import type { MouseEvent } from "react";

/**
 * Opens the image of the tile that is clicked, without a reload. The tiles' links are plain ones, for
 * the router's own take longer to make than all the rest of a tile; what opens a new tab or window is
 * left to the browser.
 */
export function useTileClicks() {
  const navigate = useNavigate();
  return (event: MouseEvent<HTMLElement>) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-index]");
    if (!link) return;
    event.preventDefault();
    void navigate({ to: "/$contentId", params: { contentId: link.pathname.slice(1) } });
  };
}
