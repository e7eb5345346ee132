import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useTyped } from "./useTyped";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function field(q = "") {
  const onSearch = vi.fn<(q: string) => void>();
  const hook = renderHook((given: string) => useTyped(given, onSearch), { initialProps: q });
  const type = (words: string) => act(() => hook.result.current.type(words));
  const pause = () => act(() => vi.runAllTimers());
  return { ...hook, type, pause, onSearch };
}

test("only what stands when typing pauses is searched for", () => {
  const { type, pause, onSearch } = field();

  type("f");
  type("fo");
  type("fog ");
  expect(onSearch).not.toHaveBeenCalled();
  void pause();

  expect(onSearch.mock.calls).toEqual([["fog"]]);
});

test("the address that comes back does not undo what was typed since", () => {
  const { result, rerender, type, pause } = field();
  type("fo");
  void pause();
  type("fog");

  rerender("fo");

  expect(result.current.typed).toBe("fog");
});

test("a space at the end stays while one is typing", () => {
  const { result, rerender, type, pause } = field();
  type("fog ");
  void pause();

  rerender("fog");

  expect(result.current.typed).toBe("fog ");
});

test("Back puts the former words into the field, again and again", () => {
  const { result, rerender, type, pause } = field();
  type("fog");
  void pause();
  rerender("fog");

  rerender("");
  expect(result.current.typed).toBe("");
  rerender("fog");
  expect(result.current.typed).toBe("fog");
});

test("Enter does not wait, and is not followed by the same search", () => {
  const { result, rerender, type, pause, onSearch } = field();
  type("fog");

  act(() => result.current.send("fog"));
  rerender("fog");
  void pause();

  expect(onSearch.mock.calls).toEqual([["fog"]]);
});
