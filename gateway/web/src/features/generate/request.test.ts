import { describe, expect, it } from "vitest";
import { textToImage as workflow } from "../../testing/workflows";
import { emptyDraft } from "./draft";
import { areAllMarked, faultsByPlace, faultsOf, requestOf } from "./request";

const draft = { ...emptyDraft, prompt: "fog" };

describe("the request", () => {
  it("holds only what was given: the server's defaults stay the server's", () => {
    const params = { checkpoint: "", width: 640, cfg: null, seed: null, color: 7 };
    expect(requestOf({ ...draft, params }, workflow).params).toEqual({
      workflow: "text_to_image",
      width: 640,
    });
  });

  it("counts a given seed up from image to image, within what JavaScript holds", () => {
    const seeded = { ...draft, params: { seed: 41 } };
    expect(requestOf(seeded, workflow, 1).params).toMatchObject({ seed: 42 });
    const last = { ...draft, params: { seed: Number.MAX_SAFE_INTEGER } };
    expect(requestOf(last, workflow, 1).params).toMatchObject({ seed: 0 });
  });

  it("has no prompt where the workflow takes none", () => {
    const plain = { ...workflow, takesPrompt: false, takesNegativePrompt: false };
    expect(requestOf({ ...draft, negativePrompt: "blur" }, plain)).toMatchObject({
      prompt: "",
      negative_prompt: "",
    });
  });
});

describe("what is wrong before it is sent", () => {
  it.each([
    [{ width: 100 }, "params.width"],
    [{ width: 63.5 }, "params.width"],
    [{ width: 4096 }, "params.width"],
    [{ width: "wide" }, "params.width"],
    [{ cfg: 31 }, "params.cfg"],
    [{ seed: -1 }, "params.seed"],
    [{ seed: 1.5 }, "params.seed"],
  ])("%o is named at its field", (params, place) => {
    expect(Object.keys(faultsOf({ ...draft, params }, workflow))).toEqual([place]);
  });

  it("an empty prompt is missing, unless the workflow takes none", () => {
    expect(faultsOf({ ...draft, prompt: "  " }, workflow)).toHaveProperty("prompt");
    expect(faultsOf({ ...draft, prompt: "" }, { ...workflow, takesPrompt: false })).toEqual({});
  });

  it("right values, and none, are right", () => {
    expect(faultsOf({ ...draft, params: { width: 512, cfg: 6.5, seed: 0 } }, workflow)).toEqual({});
    expect(faultsOf(draft, workflow)).toEqual({});
  });
});

it("puts the server's words, as sentences, where the server says", () => {
  const faults = faultsByPlace([
    { loc: ["params", "width"], msg: "too wide" },
    { loc: ["params", "loras", 0, "name"], msg: "nobody has it" },
  ]);
  expect(faults).toEqual({ "params.width": "Too wide.", "params.loras.0.name": "Nobody has it." });
});

it("knows what no field can say", () => {
  expect(areAllMarked({ prompt: "", "params.loras.0.name": "" }, workflow)).toBe(true);
  expect(areAllMarked({ "params.width": "", "tags.2": "" }, workflow)).toBe(false);
  expect(areAllMarked({ "params.widths": "" }, workflow)).toBe(false);
  expect(areAllMarked({}, workflow)).toBe(false);
});
