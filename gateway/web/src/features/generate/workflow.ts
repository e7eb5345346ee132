/** A workflow's parameters, read from the JSON Schema that the gateway gives (x-type, x-options). */
import type { ModelsView, WorkflowView } from "../../api/schema";

export interface Field {
  name: string;
  title: string;
  help?: string;
  unit?: string;
  kind: "choice" | "integer" | "number" | "text" | "boolean" | "seed" | "loras";
  default?: unknown;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  /** Of a choice: a fixed list, or what the live workers have of this kind. */
  options?: string[] | keyof ModelsView;
  isRequired: boolean;
}

export interface Workflow {
  name: string;
  title: string;
  description: string;
  fields: Field[];
  takesPrompt: boolean;
  takesNegativePrompt: boolean;
}

interface Property {
  title?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  enum?: string[];
  "x-unit"?: string;
  "x-type"?: Field["kind"];
  "x-options"?: keyof ModelsView;
}

interface ParamsSchema {
  properties?: Record<string, Property>;
  required?: string[];
  "x-prompt"?: boolean;
  "x-negative-prompt"?: boolean;
}

export function workflowOf(view: WorkflowView): Workflow {
  const schema: ParamsSchema = view.params_schema;
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const kind = property["x-type"];
    return kind ? [fieldOf(name, kind, property, required.has(name))] : [];
  });
  return {
    name: view.name,
    title: view.title,
    description: view.description,
    fields,
    takesPrompt: schema["x-prompt"] ?? true,
    takesNegativePrompt: schema["x-negative-prompt"] ?? true,
  };
}

function fieldOf(
  name: string,
  kind: Field["kind"],
  property: Property,
  isRequired: boolean,
): Field {
  const { title = name, description: help, minimum, maximum, multipleOf } = property;
  const unit = property["x-unit"];
  const options = property.enum ?? property["x-options"];
  return {
    name,
    kind,
    title,
    isRequired,
    default: property.default,
    ...(help === undefined ? {} : { help }),
    ...(unit === undefined ? {} : { unit }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...(multipleOf === undefined ? {} : { multipleOf }),
    ...(options === undefined ? {} : { options }),
  };
}

export function optionsOf(field: Field, models: ModelsView | undefined): string[] {
  if (Array.isArray(field.options)) return field.options;
  const offered: unknown = field.options && models?.[field.options];
  return Array.isArray(offered) ? (offered as string[]) : [];
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** Which fields are always in sight, which are a size together, and which are for those who look. */
export function arrange({ fields }: Workflow) {
  const named = (name: string) => fields.find((field) => field.name === name);
  const [width, height] = [named("width"), named("height")];
  const size = width && height ? { width, height } : null;
  const others = fields.filter((field) => !size || (field !== width && field !== height));
  const isMain = (field: Field) =>
    field.isRequired || field.name === "checkpoint" || field.kind === "loras";
  // A workflow that has little shows all of it.
  const main = others.length > MOST_IN_SIGHT ? others.filter(isMain) : others;
  return { main, size, advanced: others.filter((field) => !main.includes(field)) };
}

const MOST_IN_SIGHT = 4;
