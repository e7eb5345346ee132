import { describe, expect, test } from "vitest";
import type { WorkflowView } from "../../api/schema";
import { parametersIn } from "./parameters";

const workflow: WorkflowView = {
  name: "text_to_image",
  title: "Text to image",
  description: "",
  job_type: "image",
  timeout_s: 600,
  params_schema: {
    properties: {
      workflow: { title: "Workflow" },
      checkpoint: { title: "Checkpoint" },
      loras: { title: "LoRAs" },
      width: { title: "Width" },
      height: { title: "Height" },
      cfg: { title: "Guidance" },
      seed: { title: "Seed" },
    },
  },
};

const shown = (params: Record<string, unknown>, described: WorkflowView | undefined = workflow) =>
  parametersIn(params, described).map(({ title, lines }) => [title, ...lines]);

test("they stand in the workflow's order, under its titles", () => {
  expect(shown({ seed: 7, cfg: 5.5, checkpoint: "xl.safetensors" })).toEqual([
    ["Checkpoint", "xl.safetensors"],
    ["Guidance", "5.5"],
    ["Seed", "7"],
  ]);
});

test("width and height are one size", () => {
  expect(shown({ width: 512, height: 768 })).toEqual([["Size", "512 × 768"]]);
});

test("what an imported image knew besides is no parameter", () => {
  expect(shown({ seed: 7, legacy: { batch_size: 4 } })).toEqual([["Seed", "7"]]);
});

test("a width alone is shown as such", () => {
  expect(shown({ width: 512 })).toEqual([["Width", "512"]]);
});

test("each LoRA has a line with its strengths, told once where they are equal", () => {
  const loras = [
    { name: "ink", strength_model: 0.8, strength_clip: 0.8 },
    { name: "pastel", strength_model: 1, strength_clip: 0.5 },
  ];

  expect(shown({ loras })).toEqual([["LoRAs", "ink · 0.8", "pastel · 1 · CLIP 0.5"]]);
  expect(shown({ loras: [] })).toEqual([["LoRAs", "None"]]);
});

test("the workflow is called by its title", () => {
  expect(shown({ workflow: "text_to_image" })).toEqual([["Workflow", "Text to image"]]);
});

describe("of a workflow that is not installed, or has other parameters now", () => {
  test("parameters are named by themselves", () => {
    expect(parametersIn({ workflow: "upscale", tile_size: 64 }, undefined)).toEqual([
      { name: "workflow", title: "Workflow", lines: ["upscale"] },
      { name: "tile_size", title: "Tile size", lines: ["64"] },
    ]);
  });

  test("what the schema does not know comes last", () => {
    expect(shown({ old_knob: true, seed: 7 })).toEqual([
      ["Seed", "7"],
      ["Old knob", "Yes"],
    ]);
  });

  test("odd values are told as they are, empty ones not at all", () => {
    expect(shown({ odd: { a: [1] }, list: [1, "b", null], nothing: null })).toEqual([
      ["Odd", '{"a":[1]}'],
      ["List", "1", "b", "null"],
    ]);
  });
});

test("a seed too large for JavaScript, told as a string, keeps all its digits", () => {
  expect(shown({ seed: "18446744073709551615" })).toEqual([["Seed", "18446744073709551615"]]);
});
