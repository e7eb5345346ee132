import { expect, test } from "vitest";
import { proper } from "./problems";

test.each([
  ["this token is not known", "This token is not known."],
  ["String should have at most 100 characters", "At most 100 characters."],
  ["String should have at least 1 character", "At least 1 character."],
  ["Input should be less than or equal to 150", "At most 150."],
  ["Input should be greater than or equal to -10", "At least -10."],
  ["Already said.", "Already said."],
  ["is it there?", "Is it there?"],
  ["params.width is not a number", "params.width is not a number."],
  ["xl.safetensors: nobody has it", "xl.safetensors: nobody has it."],
  ["", ""],
])("%j is shown as %j", (said, shown) => {
  expect(proper(said)).toBe(shown);
});
