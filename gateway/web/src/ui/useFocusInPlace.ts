import { type RefObject, useEffect } from "react";

const FOCUSABLE = "button:not(:disabled), a[href]";

/**
 * When what has the focus in a list goes, with its row or in it, the focus goes to the row that is in
 * its place then, the last one at the latest; of an empty list to the page. Rows say their place in
 * `data-index`. Whoever has put the focus elsewhere keeps it there.
 */
export function useFocusInPlace(list: RefObject<HTMLElement | null>) {
  useEffect(() => {
    let place: number | null = null;

    const note = ({ target }: Event) => {
      if (!(target instanceof Element)) return;
      const row = target.closest<HTMLElement>("[data-index]");
      if (row && list.current?.contains(row)) place = Number(row.dataset.index);
      else if (!target.closest("[role=dialog]")) place = null; // a question that a row asks
    };
    const forget = ({ target }: Event) => {
      if (!(target instanceof Element)) return;
      if (!target.closest(`${FOCUSABLE}, [role=dialog]`)) place = null; // it takes the focus away
    };
    const restore = () => {
      if (place === null || document.activeElement !== document.body) return;
      const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-index]") ?? [])];
      const row = rows.find(({ dataset }) => Number(dataset.index) === place) ?? rows.at(-1);
      const next = row?.querySelector<HTMLElement>(FOCUSABLE) ?? document.getElementById("content");
      next?.focus({ preventScroll: true });
    };

    const observer = new MutationObserver(restore);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener("focusin", note);
    document.addEventListener("pointerdown", forget);
    return () => {
      observer.disconnect();
      document.removeEventListener("focusin", note);
      document.removeEventListener("pointerdown", forget);
    };
  }, [list]);
}
