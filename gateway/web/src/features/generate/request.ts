/** From the form to what is submitted, and what is wrong with it before it is. */
import { proper } from "../../api/problems";
import type { FieldFault, JobRequest } from "../../api/schema";
import { text } from "../../text";
import type { Draft } from "./draft";
import { type Field, isEmpty, type Workflow } from "./workflow";

/** By place, joined by dots as the server names it: `prompt`, `params.width`, `params.loras.0.name`. */
export type Faults = Record<string, string>;

/** The nth of the draft's jobs: a given seed counts up, or all its images would be the same. */
export function requestOf(draft: Draft, workflow: Workflow, nth = 0): JobRequest {
  const params: Record<string, unknown> = { workflow: workflow.name };
  for (const field of workflow.fields) {
    const value = draft.params[field.name];
    if (!isEmpty(value)) params[field.name] = field.kind === "seed" ? nthSeed(value, nth) : value;
  }
  return {
    job_type: "image",
    prompt: workflow.takesPrompt ? draft.prompt : "",
    negative_prompt: workflow.takesNegativePrompt ? draft.negativePrompt : "",
    params,
    priority: 0,
    tags: [],
  };
}

function nthSeed(seed: unknown, nth: number): unknown {
  if (typeof seed !== "number") return seed;
  return (seed + nth) % (Number.MAX_SAFE_INTEGER + 1);
}

export function faultsOf(draft: Draft, workflow: Workflow): Faults {
  const faults: Faults = {};
  if (workflow.takesPrompt && draft.prompt.trim() === "") faults.prompt = text.form.promptMissing;
  for (const field of workflow.fields) {
    const fault = faultOf(field, draft.params[field.name]);
    if (fault !== null) faults[`params.${field.name}`] = fault;
  }
  return faults;
}

function faultOf(field: Field, value: unknown): string | null {
  if (isEmpty(value)) return field.isRequired ? text.form.required : null;
  if (field.kind !== "integer" && field.kind !== "number" && field.kind !== "seed") return null;
  const { minimum = -Infinity, maximum = Infinity, multipleOf } = field;
  const isRight =
    typeof value === "number" &&
    value >= minimum &&
    value <= maximum &&
    (field.kind === "number" || Number.isInteger(value)) &&
    (multipleOf === undefined || value % multipleOf === 0);
  return isRight ? null : text.form.outOfRange(minimum, maximum, multipleOf);
}

export function faultsByPlace(faults: readonly FieldFault[]): Faults {
  return Object.fromEntries(faults.map(({ loc, msg }) => [loc.join("."), proper(msg)]));
}

/** Whether each has a field that says it: then it need not be said again. */
export function areAllMarked(faults: Faults, workflow: Workflow): boolean {
  const fields = workflow.fields.map(({ name }) => `params.${name}`);
  const isMarked = (place: string) =>
    ["prompt", "negative_prompt", ...fields].some(
      (field) => place === field || place.startsWith(`${field}.`),
    );
  const places = Object.keys(faults);
  return places.length > 0 && places.every(isMarked);
}
