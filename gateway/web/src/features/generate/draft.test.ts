import { beforeEach, expect, it, vi } from "vitest";
import { anItem } from "../../testing/samples";
import { draftOf, emptyDraft, loadDraft, saveDraft } from "./draft";

beforeEach(() => localStorage.clear());

it("comes back as it was left", () => {
  const draft = { ...emptyDraft, prompt: "fog", params: { steps: 12 }, count: 3 };
  saveDraft(draft);
  expect(loadDraft()).toEqual(draft);
});

it.each(["null", "7", "[]", "{", '{"prompt": 7}', '{"workflow": "x", "params": null}'])(
  "begins anew where %s was kept",
  (kept) => {
    localStorage.setItem("darkroom.draft", kept);
    expect(loadDraft()).toEqual(emptyDraft);
  },
);

it.each([0, -3, 1.5, 2.5e9, "7"])("begins anew where %j images were asked for", (count) => {
  localStorage.setItem("darkroom.draft", JSON.stringify({ ...emptyDraft, prompt: "fog", count }));
  expect(loadDraft()).toEqual(emptyDraft);
});

it("works where nothing can be kept", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  expect(() => saveDraft(emptyDraft)).not.toThrow();
});

it("of an item makes the same image again: its workflow, its parameters, its seed", () => {
  const item = anItem({ params: { workflow: "solid_color", color: 7, seed: 3 } });
  expect(draftOf(item)).toMatchObject({
    workflow: "solid_color",
    prompt: item.prompt,
    params: { color: 7, seed: 3 },
    keepSeed: true,
    count: 1,
  });
});

it("of an imported item leaves out what no workflow asks for", () => {
  const item = anItem({ params: { seed: 3, legacy: { batch_size: 4 } } });
  expect(draftOf(item).params).toEqual({ seed: 3 });
});
