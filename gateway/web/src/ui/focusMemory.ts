/** Back leads to where the focus was, as it does to where one had scrolled. */
import type { AnyRouter, ParsedLocation } from "@tanstack/react-router";

const PATIENCE_MS = 3_000; // for what the page that one comes back to has to read first

/** Until the function that it returns is called. */
export function rememberFocus(router: Pick<AnyRouter, "subscribe">): () => void {
  const left = new Map<string, string>();
  let giveUp = () => {};
  const forget = router.subscribe("onBeforeLoad", ({ fromLocation }) => {
    giveUp();
    const link = document.activeElement?.closest("main a[href]")?.getAttribute("href");
    const key = keyOf(fromLocation);
    if (key === undefined) return;
    if (link) left.set(key, link);
    else left.delete(key);
  });
  const restore = router.subscribe("onRendered", ({ toLocation }) => {
    const link = left.get(keyOf(toLocation) ?? "");
    if (link !== undefined) giveUp = focusWhenThere(link);
  });
  return () => {
    giveUp();
    forget();
    restore();
  };
}

function keyOf(location: ParsedLocation | undefined): string | undefined {
  return location?.state.__TSR_key;
}

/** Takes the focus from nobody: what has it meanwhile keeps it. */
function focusWhenThere(href: string): () => void {
  const tryOnce = () => {
    if (document.activeElement !== document.body) return true;
    const link = document.querySelector<HTMLElement>(`main a[href="${CSS.escape(href)}"]`);
    link?.focus({ preventScroll: true });
    return link !== null;
  };
  if (tryOnce()) return () => {};
  const observer = new MutationObserver(() => {
    if (tryOnce()) stop();
  });
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
  };
  const timer = setTimeout(stop, PATIENCE_MS);
  observer.observe(document.body, { childList: true, subtree: true });
  return stop;
}
