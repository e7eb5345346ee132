import { expect, test } from "vitest";
import { aJob } from "../../testing/samples";
import { actionsOf } from "./actions";

test.each([
  [{ status: "pending" as const }, ["cancel"]],
  [{ status: "running" as const }, ["cancel"]],
  [{ status: "completed" as const, content_id: 7 }, ["open", "again", "remove"]],
  [
    { status: "completed" as const, content_id: 7, content_deleted_at: "2026-03-01T12:00:00Z" },
    ["again", "remove"],
  ],
  [{ status: "failed" as const }, ["retry", "again", "remove"]],
  [{ status: "cancelled" as const }, ["retry", "again", "remove"]],
])("a job that is %j allows %j", (about, actions) => {
  expect(actionsOf(aJob(about))).toEqual(actions);
});
