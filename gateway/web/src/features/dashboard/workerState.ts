/** What a worker is doing, in one word; and what its GPU is called by people. */
import type { WorkerView } from "../../api/schema";

/**
 * gone      not heard of any more
 * stopped   takes nothing, and says why
 * ailing    its ComfyUI fails everything; it tries one job at a time
 * draining  ends what it has and takes nothing new, because an admin wanted so
 */
export type WorkerState = "gone" | "stopped" | "ailing" | "draining" | "busy" | "ready";

export function workerState(worker: WorkerView): WorkerState {
  if (!worker.is_live) return "gone";
  if (worker.reason !== null) return worker.ahead === 0 ? "ailing" : "stopped";
  if (worker.wanted === "drain") return "draining";
  return worker.jobs.running > 0 ? "busy" : "ready";
}

/** "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync" is how PyTorch says "NVIDIA GeForce RTX 4090". */
export function deviceName({ comfyui }: WorkerView): string | null {
  if (typeof comfyui.device !== "string") return null;
  const name = comfyui.device.replace(/^[a-z]+:\d+ /, "").replace(/ : \w+$/, "");
  return name === "cpu" ? "CPU" : name;
}

export function comfyVersion({ comfyui }: WorkerView): string | null {
  return typeof comfyui.version === "string" ? comfyui.version : null;
}
