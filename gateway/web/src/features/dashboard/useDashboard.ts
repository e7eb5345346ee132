import { useThrottledCallback } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { $api } from "../../api/client";
import { useJobs, useLive } from "../../live/LiveContext";
import { type NoticeOf, noticesOf } from "./notices";

const STATS = ["get", "/api/v1/stats"] as const;
const ASK_MS = 5_000;
const AT_MOST_EACH_MS = 1_000;
const LETTERS_MS = 30_000;
const MOST_FAILED = 20;

type Stats = Pick<ReturnType<typeof useStats>, "data" | "dataUpdatedAt">;

/** How things go: asked again every few seconds while it is seen, and after what happens to jobs. */
export function useStats() {
  const cache = useQueryClient();
  const stats = $api.useQuery("get", "/api/v1/stats", {}, { refetchInterval: ASK_MS });
  const ask = useThrottledCallback(
    () => void cache.invalidateQueries({ queryKey: STATS }, { cancelRefetch: false }),
    AT_MOST_EACH_MS,
  );
  const moves = useJobs().reduce((sum, job) => sum + job.version, 0);
  useEffect(() => ask(), [ask, moves]);
  return stats;
}

export function useNotices(
  { data: stats, dataUpdatedAt }: Stats,
  dismissed: readonly string[],
): NoticeOf[] {
  const live = useJobs();
  const me = $api.useQuery("get", "/api/v1/me");
  const letters = $api.useQuery(
    "get",
    "/api/v1/dead-letters",
    {},
    { enabled: me.data?.is_admin === true, refetchInterval: LETTERS_MS },
  );
  const failed = $api.useQuery(
    "get",
    "/api/v1/generation-jobs",
    { params: { query: { status: ["failed"], limit: MOST_FAILED } } },
    { enabled: (stats?.today.failed ?? 0) > 0 },
  );
  const { store } = useLive();
  if (!stats) return [];
  const listed = failed.data?.items.map(store.newest).filter((job) => job !== null) ?? [];
  const known = new Map([...listed, ...live].map((job) => [job.id, job]));
  return noticesOf({
    stats,
    jobs: [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
    dismissed,
    deadLetters: letters.data?.items ?? [],
    now: dataUpdatedAt,
  });
}
