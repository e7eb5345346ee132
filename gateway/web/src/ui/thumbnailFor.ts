import type { ContentView } from "../api/schema";

const SIDES = { small: 256, medium: 512, large: 1024 } as const;
const ENOUGH = 0.85; // of the pixels: more than that nobody sees in a list

/** The smallest thumbnail that is sharp in a box of so many CSS pixels; null: the file is missing. */
export function thumbnailFor(
  { thumbnails }: Pick<ContentView, "thumbnails">,
  box: { width: number; height: number },
  density = devicePixelRatio,
): string | null {
  const needed = Math.max(box.width, box.height) * density * ENOUGH;
  const size = needed <= SIDES.small ? "small" : needed <= SIDES.medium ? "medium" : "large";
  return thumbnails[size] ?? null;
}
