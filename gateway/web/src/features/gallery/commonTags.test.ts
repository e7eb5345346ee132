import { expect, test } from "vitest";
import { anItem } from "../../testing/samples";
import { commonTags } from "./commonTags";

test("the most frequent tags come first, equals by name", () => {
  const items = [["film"], ["night", "film"], ["draft"]].map((tags) => anItem({ tags }));

  expect(commonTags(items, [])).toEqual(["film", "draft", "night"]);
});

test("chosen tags and the simulator's mark are not offered", () => {
  const items = [anItem({ tags: ["simulated", "film", "night"] })];

  expect(commonTags(items, ["film"])).toEqual(["night"]);
});

test("not more than fit a row are offered", () => {
  const tags = Array.from({ length: 40 }, (_, n) => `tag ${n}`);

  expect(commonTags([anItem({ tags })], [])).toHaveLength(10);
});
