/** What the form holds. It outlives reloads, and other pages fill it ("Generate again"). */
import type { ContentView, JobView } from "../../api/schema";

export interface Draft {
  workflow: string;
  prompt: string;
  negativePrompt: string;
  /** By name, only what differs from the workflow's defaults or was touched. */
  params: Record<string, unknown>;
  count: number;
  /** Off: the seed is forgotten once it was used. */
  keepSeed: boolean;
}

export const MOST_AT_ONCE = 100;

const KEY = "darkroom.draft";

export const emptyDraft: Draft = {
  workflow: "text_to_image",
  prompt: "",
  negativePrompt: "",
  params: {},
  count: 1,
  keepSeed: false,
};

export function loadDraft(): Draft {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return isDraft(kept) ? kept : emptyDraft;
  } catch {
    return emptyDraft; // nothing is kept here, or somebody else wrote it
  }
}

export function saveDraft(draft: Draft) {
  try {
    localStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Full, or forbidden: the form works all the same until the page is left.
  }
}

/** The draft that makes the same image again. */
export function draftOf(
  made: Pick<JobView | ContentView, "prompt" | "negative_prompt" | "params">,
): Draft {
  const { workflow, ...params } = made.params;
  delete params.legacy; // what an imported one knew besides is no parameter
  return {
    workflow: typeof workflow === "string" ? workflow : emptyDraft.workflow,
    prompt: made.prompt,
    negativePrompt: made.negative_prompt,
    params,
    count: 1,
    keepSeed: true,
  };
}

function isDraft(kept: unknown): kept is Draft {
  if (typeof kept !== "object" || kept === null) return false;
  const { workflow, prompt, negativePrompt, params, count, keepSeed } = kept as Partial<
    Record<keyof Draft, unknown>
  >;
  return (
    [workflow, prompt, negativePrompt].every((one) => typeof one === "string") &&
    typeof params === "object" &&
    params !== null &&
    !Array.isArray(params) &&
    isCount(count) &&
    typeof keepSeed === "boolean"
  );
}

function isCount(count: unknown): boolean {
  return Number.isInteger(count) && Number(count) >= 1 && Number(count) <= MOST_AT_ONCE;
}
