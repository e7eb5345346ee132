import { expect, test } from "vitest";
import { tagsIn } from "./tagsIn";

test.each([
  ["night", ["night"]],
  ["  long exposure ", ["long exposure"]],
  ["sea, shore,sea\nfog", ["sea", "shore", "fog"]],
  [" , ,", []],
])("%j is %j", (typed, tags) => {
  expect(tagsIn(typed)).toEqual(tags);
});
