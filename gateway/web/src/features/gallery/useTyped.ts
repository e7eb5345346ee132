import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

const PAUSE_MS = 300;

/**
 * What stands in a search field. It is sent on when typing pauses; `q`, which comes back with the
 * address, replaces it only where somebody else changed it (Back, "clear").
 */
export function useTyped(q: string, onSearch: (q: string) => void) {
  const [typed, setTyped] = useState(q);
  const [seen, setSeen] = useState(q);
  const [sent, setSent] = useState(q);
  if (q !== seen) {
    setSeen(q);
    if (q !== sent) {
      setSent(q);
      setTyped(q);
    }
  }
  const sendNow = (wanted: string) => {
    setSent(wanted.trim());
    if (wanted.trim() !== q) onSearch(wanted.trim());
  };
  const sendLater = useDebouncedCallback(sendNow, PAUSE_MS);

  const type = (value: string) => {
    setTyped(value);
    sendLater(value);
  };
  const send = (value: string) => {
    setTyped(value);
    sendLater.cancel();
    sendNow(value);
  };
  return { typed, type, send };
}
