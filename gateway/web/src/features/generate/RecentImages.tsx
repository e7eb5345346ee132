import { Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { keepPreviousData } from "@tanstack/react-query";
import type { CSSProperties } from "react";
import { $api } from "../../api/client";
import { useJobs } from "../../live/LiveContext";
import { text } from "../../text";
import { LoadFailed } from "../../ui/LoadFailed";
import { Picture } from "../../ui/Picture";
import { ratioOf } from "../../ui/ratioOf";
import classes from "./RecentImages.module.css";
import { DAY_MS, MOST_TILES, tilesOf } from "./recent";
import { useTenMinutes } from "./useTenMinutes";

const SKELETONS = 8;

export function RecentImages() {
  const now = useTenMinutes();
  const query = { created_after: new Date(now - DAY_MS).toISOString(), limit: MOST_TILES };
  const recent = $api.useQuery(
    "get",
    "/api/v1/content-items",
    { params: { query } },
    { placeholderData: keepPreviousData },
  );
  const tiles = tilesOf(recent.data?.items ?? [], useJobs(), now);
  return (
    <section aria-label={text.generate.recent}>
      <h2 className={classes.title}>{text.generate.recent}</h2>
      {recent.isError && tiles.length === 0 && (
        <LoadFailed error={recent.error} onRetry={() => void recent.refetch()} />
      )}
      {recent.isSuccess && tiles.length === 0 && (
        <p className={classes.empty}>{text.generate.noneYet}</p>
      )}
      <div className={classes.grid} aria-busy={recent.isPending}>
        {recent.isPending &&
          Array.from({ length: SKELETONS }, (_, index) => (
            <Skeleton key={index} className={classes.skeleton} />
          ))}
        {tiles.map((tile) => (
          <Link
            key={tile.contentId}
            to="/$contentId"
            params={{ contentId: String(tile.contentId) }}
            className={classes.tile}
            style={{ "--ratio": ratioOf(tile) } as CSSProperties}
          >
            <Picture {...tile} alt={text.picture.open(tile.prompt)} />
          </Link>
        ))}
      </div>
    </section>
  );
}
