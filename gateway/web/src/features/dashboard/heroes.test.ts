import { expect, test } from "vitest";
import { ratioOf } from "../../ui/ratioOf";
import { heroCount } from "./heroes";

const of = (ratio: number) => ({ width: 512 * ratio, height: 512 });

test.each([
  ["none", [], 0],
  ["the only one", [of(0.5)], 1],
  ["two squares, though three are there", [of(1), of(1), of(1)], 2],
  ["one panorama", [of(2.5), of(1), of(1)], 1],
  ["four portraits", [of(0.57), of(0.57), of(0.57), of(0.57), of(0.57)], 4],
])("in the first row is %s", (_, items, count) => {
  expect(heroCount(items)).toBe(count);
});

test("an image of unknown size is taken for a square", () => {
  expect(ratioOf({ width: null, height: null })).toBe(1);
});
