import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { anItem } from "../../testing/samples";
import { useHeldBack } from "./useHeldBack";

const items = (...ids: number[]) => ids.map((id) => anItem({ id }));
const ids = (shown: { id: number }[]) => shown.map(({ id }) => id);

function scroll(to: number) {
  act(() => {
    Object.defineProperty(window, "scrollY", { value: to, configurable: true });
    dispatchEvent(new Event("scroll"));
  });
}

function show(...first: number[]) {
  return renderHook((given: number[]) => useHeldBack(items(...given)), { initialProps: first });
}

beforeEach(() => scroll(0));

test("at the top a new image appears at once", () => {
  const { result, rerender } = show(2, 1);

  rerender([3, 2, 1]);

  expect(ids(result.current.shown)).toEqual([3, 2, 1]);
  expect(result.current.waiting).toBe(0);
});

test("further down it waits, and is counted, until one is back at the top", () => {
  const { result, rerender } = show(2, 1);
  scroll(900);

  rerender([4, 3, 2, 1]);
  expect(ids(result.current.shown)).toEqual([2, 1]);
  expect(result.current.waiting).toBe(2);

  scroll(0);
  expect(ids(result.current.shown)).toEqual([4, 3, 2, 1]);
  expect(result.current.waiting).toBe(0);
});

test("while a tile has the focus it waits, also while the focus goes on to the next", () => {
  document.body.innerHTML = "<a href='#1' data-index='0'></a><a href='#2' data-index='1'></a>";
  const [first, second] = document.querySelectorAll("a");
  const { result, rerender } = show(2, 1);
  act(() => first?.focus());

  rerender([3, 2, 1]);
  act(() => second?.focus());
  expect(ids(result.current.shown)).toEqual([2, 1]);

  act(() => second?.blur());
  expect(ids(result.current.shown)).toEqual([3, 2, 1]);
});

test("older images that are loaded further down are shown", () => {
  const { result, rerender } = show(9, 8);
  scroll(900);

  rerender([9, 8, 7, 6]);

  expect(ids(result.current.shown)).toEqual([9, 8, 7, 6]);
});

test("when the first image is deleted meanwhile, what waits still waits", () => {
  const { result, rerender } = show(5, 4, 3);
  scroll(900);

  rerender([6, 4, 3]);

  expect(ids(result.current.shown)).toEqual([4, 3]);
  expect(result.current.waiting).toBe(1);
});

test("a list that is all newer than what was seen is shown: it is another list", () => {
  const { result, rerender } = show(2, 1);
  scroll(900);

  rerender([7, 6]);

  expect(ids(result.current.shown)).toEqual([7, 6]);
});
