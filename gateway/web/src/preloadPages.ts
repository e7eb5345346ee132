import type { RegisteredRouter } from "@tanstack/react-router";

const SOON_MS = 1_000; // where the browser does not say when it is idle: Safari

/**
 * Once the first page stands, and the browser has nothing better to do, the files of all others are
 * read, one page after the other: each then opens at once, and also while Darkroom is away.
 */
export function preloadPages(router: RegisteredRouter) {
  const pages: ({ preload?: () => Promise<void> | undefined } | undefined)[] = Object.values(
    router.routesById,
  ).map(({ options }) => options.component);
  const readNext = async () => {
    await pages.shift()?.preload?.();
    if (pages.length > 0) whenIdle(() => void readNext());
  };
  const stop = router.subscribe("onRendered", () => {
    stop();
    whenIdle(() => void readNext());
  });
}

function whenIdle(act: () => void) {
  if ("requestIdleCallback" in window) requestIdleCallback(act);
  else setTimeout(act, SOON_MS);
}
