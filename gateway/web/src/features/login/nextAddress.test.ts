import { describe, expect, test } from "vitest";
import { nextAddress } from "./nextAddress";

const OWN = "https://darkroom.example";

describe("after signing in", () => {
  test.each(["/", "/gallery?q=fog&tag=%5B%22a%22%5D", "/generate/history#top", "/17"])(
    "a page of our own is returned to: %s",
    (next) => {
      expect(nextAddress(next, OWN)).toBe(OWN + next);
    },
  );

  test.each([
    undefined,
    "",
    "gallery",
    "//evil.example",
    "//evil.example/gallery",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "https://darkroom.example@evil.example",
    "//darkroom.example:8443/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "/javascript:alert(1)/../../..//evil.example:x",
    "data:text/html,hello",
    "blob:https://darkroom.example/1",
    "//",
    "///",
    "//[",
    "/login",
    "/login?token=dk_of_somebody_else",
    "/gallery/../login?token=dk_of_somebody_else",
    "/login/",
  ])("anything else leads home: %j", (next) => {
    const address = new URL(nextAddress(next, OWN));

    expect(address.origin).toBe(OWN);
    expect(address.pathname).not.toMatch(/^\/login/);
  });

  test("a path that looks like another site stays a path of ours", () => {
    expect(nextAddress("/.//evil.example", OWN)).toBe(`${OWN}//evil.example`);
  });
});
