import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from "react";
import type { LiveJob } from "./JobStore";
import type { Live } from "./live";
import type { LiveState } from "./LiveConnection";

const Context = createContext<Live | null>(null);

/** Connected while it is on the screen. */
export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  useEffect(() => {
    live.connection.start();
    return () => live.connection.stop();
  }, [live]);
  return <Context value={live}>{children}</Context>;
}

export function useLive(): Live {
  const live = useContext(Context);
  if (!live) throw new Error("there is no LiveProvider around this");
  return live;
}

/** All jobs that are known live, newest first. */
export function useJobs(): readonly LiveJob[] {
  const { store } = useLive();
  return useSyncExternalStore(store.subscribe, store.all);
}

export function useLiveState(): LiveState {
  const { connection } = useLive();
  return useSyncExternalStore(connection.subscribe, connection.state);
}
