import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../testing/show";
import { text } from "../text";
import { Crash } from "./Crash";

test.each([
  "Unable to preload CSS for /assets/Notice-Cfi.css",
  "Failed to fetch dynamically imported module: http://darkroom/assets/GalleryPage-1.js",
  "error loading dynamically imported module: http://darkroom/assets/GalleryPage-1.js",
  "Importing a module script failed.",
])("a page's file that does not come is no bug: %s", async (message) => {
  show(<Crash error={new TypeError(message)} />);
  expect(await screen.findByText(text.problems.fileMissing)).toBeVisible();
  expect(screen.queryByText(text.problems.crashed)).not.toBeInTheDocument();
});

test("anything else is one, and says which", async () => {
  show(<Crash error={new TypeError("x is not a function")} />);
  expect(await screen.findByText(text.problems.crashed)).toBeVisible();
  expect(screen.getByText("TypeError: x is not a function")).toBeVisible();
});
