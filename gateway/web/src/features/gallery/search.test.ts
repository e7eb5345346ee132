import { expect, test } from "vitest";
import { gallerySearchOf, isFiltering, withoutTag, withTag } from "./search";

test("an address without filters has none", () => {
  expect(gallerySearchOf({})).toEqual({});
  expect(isFiltering(gallerySearchOf({}))).toBe(false);
});

test("one tag may stand alone, several are a list, each counts once", () => {
  expect(gallerySearchOf({ tag: "night" })).toEqual({ tag: ["night"] });
  expect(gallerySearchOf({ tag: ["night", "film", "night"] })).toEqual({ tag: ["night", "film"] });
});

test("what the router takes for a number or a truth is a word again", () => {
  expect(gallerySearchOf({ q: 1984, tag: [2024, true] })).toEqual({
    q: "1984",
    tag: ["2024", "true"],
  });
});

test.each([
  ["nonsense", { q: {}, tag: [{}, null, ""], favorite: "yes" }],
  ["empty words", { q: "", tag: "", favorite: false }],
  ["what is of no filter", { cursor: "abc", limit: 5 }],
])("%s is no filter", (_, search) => {
  expect(gallerySearchOf(search)).toEqual({});
});

test("favourites are a filter", () => {
  expect(gallerySearchOf({ favorite: true })).toEqual({ favorite: true });
  expect(isFiltering({ favorite: true })).toBe(true);
});

test("a tag comes and goes, the other filters stay", () => {
  const search = { q: "fog", tag: ["night"], favorite: true } as const;

  const more = withTag({ ...search, tag: ["night"] }, "film");
  expect(more).toEqual({ q: "fog", tag: ["night", "film"], favorite: true });
  expect(withoutTag(more, "night")).toEqual({ q: "fog", tag: ["film"], favorite: true });
});

test("without its last tag the address says nothing of tags", () => {
  expect(withoutTag({ tag: ["night"] }, "night")).toEqual({});
});

test("a search sent back to the address reads the same", () => {
  const search = gallerySearchOf({ q: "fog", tag: ["a", "b"], favorite: true });

  expect(gallerySearchOf({ ...search })).toEqual(search);
});
