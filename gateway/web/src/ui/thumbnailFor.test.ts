import { expect, test } from "vitest";
import { anItem } from "../testing/samples";
import { thumbnailFor } from "./thumbnailFor";

const item = anItem({
  thumbnails: { small: "/thumbnail/small", medium: "/thumbnail/medium", large: "/thumbnail/large" },
});
const at = (width: number, height: number, density: number) =>
  thumbnailFor(item, { width, height }, density)?.match(/thumbnail\/(\w+)/)?.[1];

test("a box gets the smallest thumbnail that is sharp in it", () => {
  expect(at(200, 150, 1)).toBe("small");
  expect(at(400, 300, 1)).toBe("medium");
  expect(at(800, 300, 1)).toBe("large");
});

test("a dense screen needs more pixels", () => {
  expect(at(200, 150, 2)).toBe("medium");
  expect(at(400, 300, 3)).toBe("large");
});

test("of a missing file there is none", () => {
  expect(thumbnailFor(anItem({ thumbnails: {} }), { width: 200, height: 200 }, 1)).toBeNull();
});
