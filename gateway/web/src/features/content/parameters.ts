/** The parameters that made an image, as lines to read; names and order are the workflow's own. */
import type { WorkflowView } from "../../api/schema";
import { text } from "../../text";

export interface Parameter {
  name: string;
  title: string;
  lines: string[];
}

interface Described {
  title?: string;
  "x-type"?: string;
  "x-unit"?: string;
}

const SIZE = "size";
/** What an imported image knew besides: for programs, not a parameter. */
const LEGACY = "legacy";

export function parametersIn(
  params: Record<string, unknown>,
  workflow: WorkflowView | undefined,
): Parameter[] {
  const described = propertiesOf(workflow);
  const known = Object.keys(described).filter((name) => name in params);
  const unknown = Object.keys(params).filter((name) => !(name in described) && name !== LEGACY);
  const hasSize = typeof params.width === "number" && typeof params.height === "number";
  return [...known, ...unknown].flatMap((name) => {
    if (hasSize && name === "height") return [];
    if (hasSize && name === "width") {
      const size = `${String(params.width)} × ${String(params.height)}`;
      return [{ name: SIZE, title: text.content.size, lines: [size] }];
    }
    const value = params[name];
    if (value === null || value === undefined) return [];
    const title = described[name]?.title ?? humanised(name);
    return [{ name, title, lines: linesOf(value, name, workflow) }];
  });
}

function propertiesOf(workflow: WorkflowView | undefined): Record<string, Described> {
  const { properties } = (workflow?.params_schema ?? {}) as {
    properties?: Record<string, Described>;
  };
  return properties ?? {};
}

function linesOf(value: unknown, name: string, workflow: WorkflowView | undefined): string[] {
  if (name === "workflow" && workflow) return [workflow.title];
  if (!Array.isArray(value)) return [wordsOf(value)];
  return value.length === 0 ? [text.content.none] : value.map(wordsOf);
}

function wordsOf(value: unknown): string {
  if (typeof value === "boolean") return value ? text.content.yes : text.content.no;
  if (typeof value === "string" || typeof value === "number") return String(value);
  return loraIn(value) ?? JSON.stringify(value);
}

function loraIn(value: unknown): string | null {
  const { name, strength_model, strength_clip } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof strength_model !== "number") return null;
  const clip = typeof strength_clip === "number" ? strength_clip : strength_model;
  return `${name} · ${text.content.loraStrengths(strength_model, clip)}`;
}

function humanised(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
