/** The live protocol (`/api/v1/events`): what the notifier says, and what it is asked. */
import type { ContentView, JobView } from "../api/schema";

type JobEventName =
  "job.created" | "job.running" | "job.retrying" | "job.completed" | "job.failed" | "job.cancelled";

export interface ProgressFrame {
  type: "job.progress";
  job_id: string;
  version: number;
  value: number;
  step: number | null;
  steps: number | null;
  node: string | null;
}

export interface SnapshotFrame {
  type: "snapshot";
  jobs: JobView[];
  feed?: "mine";
  truncated?: boolean;
}

export interface QueueFrame {
  type: "queue";
  waiting: number;
  positions: Record<string, number>;
}

export interface ErrorFrame {
  type: "error";
  code: string;
  detail: string;
  jobs?: string[];
}

export type Frame =
  | { type: "hello"; v: number; heartbeat_s: number }
  | SnapshotFrame
  | { type: JobEventName; job: JobView }
  | { type: "job.deleted"; job_id: string }
  | QueueFrame
  | ProgressFrame
  | { type: "content.created" | "content.updated"; content: ContentView }
  | { type: "content.deleted"; content: { id: number; version: number } }
  | ErrorFrame
  | { type: "pong" };

/** A frame type without a handler does not compile. */
export type Handlers = { [T in Frame["type"]]: (frame: Extract<Frame, { type: T }>) => void };

export type Request =
  { type: "subscribe"; feed: "mine" } | { type: "subscribe"; jobs: string[] } | { type: "ping" };

export const MOST_IDS = 500; // of one frame

/** Frames of a type that is not known here come from a newer server: they are left alone. */
export function dispatch(handlers: Handlers, body: string) {
  const frame = JSON.parse(body) as Frame;
  const handle = handlers[frame.type] as ((frame: Frame) => void) | undefined;
  handle?.(frame);
}
