/** What a job was asked for, ready to be shown. Its parameters come from outside: any may be odd. */
import type { JobView } from "../../api/schema";
import { text } from "../../text";

interface Fact {
  label: string;
  value: string;
}

const SHOWN = ["checkpoint", "steps", "cfg", "sampler", "scheduler", "denoise", "seed"] as const;

export function factsOf(job: JobView): Fact[] {
  const { params } = job;
  const { width, height } = params;
  const size =
    typeof width === "number" && typeof height === "number" ? `${width} × ${height}` : "";
  const facts = [
    { label: text.history.facts.negative, value: job.negative_prompt },
    { label: text.history.facts.size, value: size },
    ...SHOWN.map((name) => ({ label: text.history.facts[name], value: plain(params[name]) })),
    { label: text.history.facts.loras, value: loras(params.loras) },
    { label: text.history.facts.tags, value: job.tags.join(", ") },
    { label: text.history.facts.attempts, value: String(job.attempt) },
    { label: text.history.facts.warnings, value: job.warnings.join(" ") },
    { label: text.history.facts.id, value: job.id },
  ];
  return facts.filter(({ value }) => value !== "");
}

function plain(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function loras(value: unknown): string {
  if (!Array.isArray(value)) return "";
  const named = value.map((one: unknown) =>
    typeof one === "object" && one !== null && "name" in one ? plain(one.name) : "",
  );
  return named.filter((name) => name !== "").join(", ");
}
