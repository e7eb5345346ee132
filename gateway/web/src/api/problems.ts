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
  if (problem) return problem.detail;
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
  if (isOutOfPatience(error)) return false; // it had its time, and somebody waits
  const problem = problemIn(error);
  return problem === null || problem.status === 503;
}

export function isOutOfPatience(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
