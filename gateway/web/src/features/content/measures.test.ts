import { expect, test } from "vitest";
import { fileWords, lengthWords } from "./measures";

const START = "2026-11-24T12:00:00Z";
const after = (seconds: number) =>
  lengthWords(START, new Date(Date.parse(START) + seconds * 1000).toISOString());

test.each([
  [0.44, "0.4 s"],
  [9.2, "9.2 s"],
  [42.4, "42 s"],
  [59.9, "60 s"],
  [60, "1 min 0 s"],
  [3599, "59 min 59 s"],
  [7260, "2 h 1 min"],
])("%d s are %s", (seconds, words) => {
  expect(after(seconds)).toBe(words);
});

test("two clocks that disagree make no negative time", () => {
  expect(after(-3)).toBe("0.0 s");
});

test("a file is told by format, weight and size", () => {
  const file = { mime_type: "image/png", byte_size: 131_072, width: 768, height: 512 };

  expect(fileWords(file)).toBe("PNG · 131 kB · 768 × 512");
  expect(fileWords({ ...file, byte_size: 999_600, width: null })).toBe("PNG · 1.0 MB");
  expect(fileWords({ ...file, byte_size: 12, height: null })).toBe("PNG · 12 B");
});
