/** The two workflows that come with Darkroom, as the form reads them. */
import type { Workflow } from "../features/generate/workflow";

export const textToImage: Workflow = {
  name: "text_to_image",
  title: "Text to image",
  description: "",
  takesPrompt: true,
  takesNegativePrompt: true,
  fields: [
    {
      name: "checkpoint",
      title: "Checkpoint",
      kind: "choice",
      options: "checkpoints",
      isRequired: false,
    },
    { name: "loras", title: "LoRAs", kind: "loras", isRequired: false },
    {
      name: "width",
      title: "Width",
      kind: "integer",
      minimum: 64,
      maximum: 2048,
      multipleOf: 8,
      default: 512,
      isRequired: false,
    },
    {
      name: "height",
      title: "Height",
      kind: "integer",
      minimum: 64,
      maximum: 2048,
      multipleOf: 8,
      default: 512,
      isRequired: false,
    },
    {
      name: "steps",
      title: "Steps",
      kind: "integer",
      minimum: 1,
      maximum: 150,
      default: 20,
      isRequired: false,
    },
    {
      name: "cfg",
      title: "Guidance",
      kind: "number",
      minimum: 0,
      maximum: 30,
      default: 7,
      isRequired: false,
    },
    {
      name: "seed",
      title: "Seed",
      kind: "seed",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      isRequired: false,
    },
  ],
};

export const solidColor: Workflow = {
  name: "solid_color",
  title: "Solid color",
  description: "",
  takesPrompt: false,
  takesNegativePrompt: false,
  fields: [
    {
      name: "color",
      title: "Color",
      kind: "integer",
      minimum: 0,
      maximum: 16777215,
      default: 7,
      isRequired: false,
    },
  ],
};
