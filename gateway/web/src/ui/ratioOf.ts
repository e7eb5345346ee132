export interface Sized {
  width: number | null;
  height: number | null;
}

// What is narrower or wider is cropped: a strip of 64 × 2048 is no use among others.
const NARROWEST = 0.45;
const WIDEST = 3;

/** Width by height, for a row of images of one height. */
export function ratioOf({ width, height }: Sized): number {
  if (!width || !height) return 1;
  return Math.min(WIDEST, Math.max(NARROWEST, width / height));
}
