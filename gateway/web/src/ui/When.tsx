import { useSyncExternalStore } from "react";
import { serverNow } from "../api/clock";
import { relativeTime } from "./relativeTime";

const EVERY_MS = 20_000;

/** A moment, told by how long ago it was; the exact time is its title. */
export function When({ at }: { at: string }) {
  const now = useSyncExternalStore(tick, moment);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString("en-GB")}>
      {relativeTime(at, now)}
    </time>
  );
}

function tick(changed: () => void) {
  const timer = setInterval(changed, EVERY_MS);
  return () => clearInterval(timer);
}

/** The same for a while: what is shown is not made anew at each look. */
function moment(): number {
  return Math.ceil(serverNow() / EVERY_MS) * EVERY_MS;
}
