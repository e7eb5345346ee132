/** What went wrong, in words for people. */
import { text } from "../text";
import type { FieldFault, Problem } from "./schema";

export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export function isProblem(error: unknown): error is Problem {
  return typeof error === "object" && error !== null && "detail" in error && "status" in error;
}

/** Of anything that a call may throw: a problem document, our own error, or a broken connection. */
export function sentenceOf(error: unknown): string {
  const problem = problemIn(error);
  if (problem) return proper(problem.detail);
  return text.problems.unreachable;
}

export function problemIn(error: unknown): Problem | null {
  if (error instanceof Refused) return error.problem;
  return isProblem(error) ? error : null;
}

export function faultsIn(error: unknown): FieldFault[] {
  return problemIn(error)?.errors ?? [];
}

/** Whether it is worth trying the same again by itself. */
export function isPassing(error: unknown): boolean {
  const problem = problemIn(error);
  return problem === null || problem.status === 503;
}

export function isOutOfPatience(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

const AS_PYDANTIC_SAYS = /^String should have at (most|least) (\d+) characters?$/;
const BOUND_AS_PYDANTIC_SAYS = /^Input should be (greater|less) than or equal to (-?[\d.]+)$/;

/** The server's words as a sentence: it begins with them in lower case, or speaks of strings. */
export function proper(words: string): string {
  const [, most, count] = AS_PYDANTIC_SAYS.exec(words) ?? [];
  if (most && count) return text.problems.characters(most, Number(count));
  const [, side, bound] = BOUND_AS_PYDANTIC_SAYS.exec(words) ?? [];
  if (side && bound) return text.problems.bound(side === "less" ? "most" : "least", bound);
  const sentence = words.trim();
  const first = sentence.split(/\s/, 1)[0] ?? "";
  const isName = /[._/:\d]/.test(first); // a file's, or a field's: it is written as it is
  const begun = isName ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return /[\p{L}\p{N}”)]$/u.test(begun) ? `${begun}.` : begun;
}
