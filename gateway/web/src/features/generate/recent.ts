/** The images of the last day: the server's list, and what completed since it was read. */
import type { ContentView } from "../../api/schema";
import type { LiveJob } from "../../live/JobStore";

export interface Tile {
  contentId: number;
  prompt: string;
  src: string | null;
  width: number | null;
  height: number | null;
  isSimulated: boolean;
}

export const DAY_MS = 24 * 3600 * 1000;
export const MOST_TILES = 100;

/** Newest first. A completed job's image is shown with its event: the item follows by itself. */
export function tilesOf(
  items: readonly ContentView[],
  jobs: readonly LiveJob[],
  now: number,
): Tile[] {
  const listed = new Set(items.map(({ id }) => id));
  const fresh = jobs.filter(
    ({ content_id, image_url, finished_at }) =>
      content_id != null &&
      image_url != null &&
      !listed.has(content_id) &&
      finished_at != null &&
      now - Date.parse(finished_at) < DAY_MS,
  );
  return [...items.map(tileOfItem), ...fresh.map(tileOfJob)]
    .sort((a, b) => b.contentId - a.contentId)
    .slice(0, MOST_TILES);
}

function tileOfItem(item: ContentView): Tile {
  return {
    contentId: item.id,
    prompt: item.prompt,
    src: item.thumbnail_url,
    width: item.width,
    height: item.height,
    isSimulated: item.tags.includes("simulated"),
  };
}

function tileOfJob(job: LiveJob): Tile {
  const side = (name: string) => {
    const value = job.params[name];
    return typeof value === "number" ? value : null;
  };
  return {
    contentId: job.content_id ?? 0,
    prompt: job.prompt,
    src: job.thumbnail_url ?? null,
    width: side("width"),
    height: side("height"),
    isSimulated: job.tags.includes("simulated"),
  };
}
