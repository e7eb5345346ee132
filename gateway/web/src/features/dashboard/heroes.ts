import type { ContentView } from "../../api/schema";
import { ratioOf } from "../../ui/ratioOf";

const ROW_RATIO = 2.3; // width to height of the first row, about: as tall as a screen can show

/** How many of the newest make the first row: so many that its shape is nearest to the wanted one. */
export function heroCount(items: readonly Pick<ContentView, "width" | "height">[]): number {
  let ratio = 0;
  let best = 0;
  let bestMiss = Infinity;
  items.forEach((item, index) => {
    ratio += ratioOf(item);
    const miss = Math.abs(Math.log(ratio / ROW_RATIO));
    if (miss < bestMiss) [best, bestMiss] = [index + 1, miss];
  });
  return best;
}
