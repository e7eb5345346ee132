import { expect, test } from "vitest";
import { moved, rowOf } from "./gridMoves";
import type { Row } from "./justify";

function row(from: number, widths: number[]): Row<null> {
  let left = 0;
  const boxes = widths.map((width, offset) => {
    const box = { item: null, index: from + offset, left, width };
    left += width;
    return box;
  });
  return { boxes, height: 100 };
}

/*  0 [   0   ][ 1 ][ 2 ]
    1 [3][4][     5     ]
    2 [6]                  */
const rows = [row(0, [200, 100, 100]), row(3, [80, 80, 240]), row(6, [80])];
const press = (from: number, key: string, ctrlKey = false) => moved(rows, from, { key, ctrlKey });

test("left and right go on from row to row, and stop at the ends", () => {
  expect(press(2, "ArrowRight")).toBe(3);
  expect(press(3, "ArrowLeft")).toBe(2);
  expect(press(0, "ArrowLeft")).toBe(0);
  expect(press(6, "ArrowRight")).toBe(6);
});

test("up and down go to the image whose middle is closest", () => {
  expect(press(0, "ArrowDown")).toBe(4); // middles: 100 → 40, 120, 280
  expect(press(2, "ArrowDown")).toBe(5);
  expect(press(5, "ArrowUp")).toBe(1);
  expect(press(5, "ArrowDown")).toBe(6);
});

test("above the first row and below the last one there is nowhere to go", () => {
  expect(press(1, "ArrowUp")).toBe(1);
  expect(press(6, "ArrowDown")).toBe(6);
});

test("Home and End are of the row, with Ctrl of all that is loaded", () => {
  expect(press(4, "Home")).toBe(3);
  expect(press(4, "End")).toBe(5);
  expect(press(4, "Home", true)).toBe(0);
  expect(press(4, "End", true)).toBe(6);
});

test.each(["Enter", "Tab", "a", " "])("%j is not the grid's to handle", (key) => {
  expect(press(0, key)).toBeNull();
});

test("a place knows its row", () => {
  expect([0, 2, 3, 6, 7].map((index) => rowOf(rows, index))).toEqual([0, 0, 1, 2, -1]);
});

test("in an empty grid no key leads anywhere", () => {
  expect(moved([], 0, { key: "ArrowDown", ctrlKey: false })).toBeNull();
});
