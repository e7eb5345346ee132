/** Image sizes by shape: the area stays, both sides are multiples of what the workflow asks for. */

export interface Size {
  width: number;
  height: number;
}

export interface Shape {
  name: string;
  ratio: number; // width / height
}

export const shapes: readonly Shape[] = [
  { name: "9:16", ratio: 9 / 16 },
  { name: "2:3", ratio: 2 / 3 },
  { name: "3:4", ratio: 3 / 4 },
  { name: "1:1", ratio: 1 },
  { name: "4:3", ratio: 4 / 3 },
  { name: "3:2", ratio: 3 / 2 },
  { name: "16:9", ratio: 16 / 9 },
];

export const baseSizes = [512, 768, 1024] as const; // sides of the square of the same area

const TOLERANCE = 0.04; // rounding to multiples changes the ratio a little

export function sizeOf(ratio: number, base: number, step: number): Size {
  const side = (length: number) => Math.round(length / step) * step;
  return { width: side(base * Math.sqrt(ratio)), height: side(base / Math.sqrt(ratio)) };
}

export function shapeOf({ width, height }: Size): Shape | undefined {
  return shapes.find(({ ratio }) => Math.abs(width / height / ratio - 1) < TOLERANCE);
}

/** The base size nearest in area. */
export function baseOf({ width, height }: Size): number {
  const side = Math.sqrt(width * height);
  const distance = (base: number) => Math.abs(base - side);
  return baseSizes.reduce((best, base) => (distance(base) < distance(best) ? base : best));
}
