import type { ContentView } from "../../api/schema";
import { SIMULATED } from "../../ui/simulated";

const OFFERED = 10;

/** The tags to offer: what the loaded images have most often, and is not chosen already. */
export function commonTags(items: readonly ContentView[], chosen: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const tag of items.flatMap(({ tags }) => tags)) {
    if (tag !== SIMULATED && !chosen.includes(tag)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || a.localeCompare(b))
    .slice(0, OFFERED)
    .map(([tag]) => tag);
}
