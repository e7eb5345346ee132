import { IconPlugConnectedX } from "@tabler/icons-react";
import { $api } from "../api/client";
import { useLiveState } from "../live/LiveContext";
import { text } from "../text";
import classes from "./LiveNote.module.css";

const ASK_MS = 3_000;

/** Says discreetly that what is shown comes by asking, or does not come at all. */
export function LiveNote() {
  const state = useLiveState();
  if (state !== "polling") return null;
  return <PollingNote />;
}

function PollingNote() {
  const me = $api.useQuery("get", "/api/v1/me", {}, { refetchInterval: ASK_MS, retry: false });
  const isOffline = me.isError;
  return (
    <div className={classes.note} role="status" data-offline={isOffline || undefined}>
      <IconPlugConnectedX size={16} aria-hidden />
      {isOffline ? text.live.offline : text.live.polling}
    </div>
  );
}
