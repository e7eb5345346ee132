import { useInterval } from "@mantine/hooks";
import { useState } from "react";
import { serverNow } from "../../api/clock";

const MINUTE_MS = 60_000;
const STEP_MS = 10 * MINUTE_MS; // a list of the last day need not be read anew more often

/** The server's time, in steps of ten minutes: a page that is opened again asks for the same. */
export function useTenMinutes(): number {
  const [now, setNow] = useState(roundedNow);
  useInterval(() => setNow(roundedNow()), MINUTE_MS, { autoInvoke: true });
  return now;
}

function roundedNow(): number {
  return Math.floor(serverNow() / STEP_MS) * STEP_MS;
}
