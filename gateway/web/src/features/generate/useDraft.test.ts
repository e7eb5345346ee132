import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { loadDraft } from "./draft";
import { useDraft } from "./useDraft";

beforeEach(() => localStorage.clear());

it("keeps what each of two tabs has changed", () => {
  const first = renderHook(() => useDraft()).result;
  const second = renderHook(() => useDraft()).result;

  act(() => first.current.change({ prompt: "fog" }));
  act(() => second.current.changeParam("steps", 12));
  act(() => first.current.changeParam("cfg", 5));

  expect(loadDraft()).toMatchObject({ prompt: "fog", params: { steps: 12, cfg: 5 } });
});
