import { useHotkeys } from "@mantine/hooks";

/** False: there was nothing to do, so the browser does what it does with this key. */
type Act = () => unknown;

/** The keys of a whole page. They rest while one types, and while a dialog has the focus. */
export function usePageKeys(keys: readonly (readonly [key: string, act: Act])[]) {
  useHotkeys(
    keys.map(([key, act]) => [
      key,
      (event) => {
        if (!isInDialog(event.target) && act() !== false) event.preventDefault();
      },
      { preventDefault: false },
    ]),
  );
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("[role=dialog]") !== null;
}
