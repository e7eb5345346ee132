import { expect, it } from "vitest";
import { baseOf, baseSizes, shapeOf, shapes, sizeOf } from "./sizes";

it("gives each shape at each base in multiples, with about the same area", () => {
  for (const { ratio } of shapes) {
    for (const base of baseSizes) {
      const { width, height } = sizeOf(ratio, base, 8);
      expect([width % 8, height % 8]).toEqual([0, 0]);
      expect(Math.abs((width * height) / base ** 2 - 1)).toBeLessThan(0.03);
    }
  }
});

it("finds shape and base again, so that pressing twice changes nothing", () => {
  for (const shape of shapes) {
    for (const base of baseSizes) {
      const size = sizeOf(shape.ratio, base, 8);
      expect(shapeOf(size)?.name).toBe(shape.name);
      expect(baseOf(size)).toBe(base);
    }
  }
});

it("knows no shape for a free size", () => {
  expect(shapeOf({ width: 2048, height: 512 })).toBeUndefined();
});
