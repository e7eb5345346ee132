import { describe, expect, test } from "vitest";
import type { Sized } from "../../ui/ratioOf";
import { justify, type Row } from "./justify";

const frame = { width: 1000, targetHeight: 200, gap: 10 };
const square = { width: 512, height: 512 };
const wide = { width: 1024, height: 512 };
const tall = { width: 512, height: 1024 };
const mixed = Array.from({ length: 40 }, (_, n) => [square, wide, tall][(n * 7) % 3] ?? square);

function right<T>(row: Row<T> | undefined): number {
  const last = row?.boxes.at(-1);
  return last ? last.left + last.width : 0;
}

test("each row but the last is exactly as wide as the page, with the gap between its images", () => {
  const rows = justify(mixed, frame);

  expect(rows.length).toBeGreaterThan(3);
  for (const row of rows.slice(0, -1)) {
    expect(right(row)).toBe(1000);
    row.boxes.slice(1).forEach((box, index) => {
      const before = row.boxes[index];
      expect(box.left - (before ? before.left + before.width : 0)).toBe(10);
    });
  }
});

test("every image is in it once, in order", () => {
  const rows = justify(mixed, frame);

  const boxes = rows.flatMap((row) => row.boxes);
  expect(boxes.map(({ item }) => item)).toEqual(mixed);
  expect(boxes.map(({ index }) => index)).toEqual(mixed.map((_, index) => index));
});

test("images keep their shape, to a pixel", () => {
  for (const { boxes, height } of justify(mixed, frame).slice(0, -1)) {
    for (const { item, width } of boxes) {
      expect(Math.abs(width - (height * item.width) / item.height)).toBeLessThan(4);
    }
  }
});

test("rows stay near the wanted height", () => {
  for (const { height } of justify(mixed, frame)) {
    expect(height).toBeGreaterThan(130);
    expect(height).toBeLessThan(290);
  }
});

test("an image that would squeeze its row too much begins the next one", () => {
  const rows = justify([wide, wide, { width: 3000, height: 1000 }, square, square], frame);

  expect(rows[0]?.boxes).toHaveLength(2);
  expect(rows[0]?.height).toBeGreaterThan(200);
});

test("the last row is not blown up to fill the page", () => {
  const rows = justify([square], frame);

  expect(rows).toEqual([{ boxes: [{ item: square, index: 0, left: 0, width: 200 }], height: 200 }]);
});

test("appending images moves none that stood in a full row", () => {
  const before = justify(mixed.slice(0, 30), frame);
  const after = justify(mixed, frame);

  expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
});

test("a strip is cropped to a tile that can be seen and hit", () => {
  const [row] = justify([{ width: 64, height: 2048 }], frame);

  expect(row?.boxes[0]?.width).toBe(90);
});

test("one very wide image fills a narrow page alone", () => {
  const rows = justify([{ width: 3000, height: 1000 }, square], { ...frame, width: 300 });

  expect(rows[0]).toMatchObject({ height: 100, boxes: [{ left: 0, width: 300 }] });
});

describe("where nothing can be laid out", () => {
  test.each<[string, Sized[], number]>([
    ["no images", [], 1000],
    ["no width yet", [square], 0],
  ])("%s: no rows", (_, items, width) => {
    expect(justify(items, { ...frame, width })).toEqual([]);
  });

  test("an image without a known size is taken for a square", () => {
    const [row] = justify([{ width: null, height: null }], frame);

    expect(row?.boxes[0]?.width).toBe(200);
  });
});
