import { QueryClient } from "@tanstack/react-query";
import { isOutOfPatience, isPassing } from "./problems";

const LONGEST_PAUSE_MS = 5_000;

/** What is read stays good until an event says otherwise, or the window was away for a while. */
export function createQueryCache(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // What hangs had its time already, and somebody waits.
        retry: (failures, error) => failures < 2 && isPassing(error) && !isOutOfPatience(error),
        retryDelay: (failures) => Math.min(500 * 2 ** failures, LONGEST_PAUSE_MS),
        networkMode: "always", // Darkroom may be on this very machine: "offline" says nothing
      },
      mutations: { networkMode: "always" },
    },
  });
}
