import type { ContentView } from "../../api/schema";

const ROW_RATIO = 2.6; // width to height of the first row, at least: it is never too tall

export function ratioOf({ width, height }: Pick<ContentView, "width" | "height">): number {
  return width && height ? width / height : 1;
}

/** How many of the newest fill the first row. */
export function heroCount(items: readonly Pick<ContentView, "width" | "height">[]): number {
  let ratio = 0;
  const last = items.findIndex((item) => (ratio += ratioOf(item)) >= ROW_RATIO);
  return last === -1 ? items.length : last + 1;
}
