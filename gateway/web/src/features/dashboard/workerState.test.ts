import { expect, test } from "vitest";
import type { WorkerView } from "../../api/schema";
import { comfyVersion, deviceName, workerState } from "./workerState";

const worker: WorkerView = {
  id: "gpu-1",
  is_live: true,
  accepting: true,
  reason: null,
  wanted: "run",
  ahead: 2,
  loaded_checkpoint: null,
  comfyui: {},
  jobs: { waiting: 0, running: 0 },
  first_seen_at: "2026-11-24T10:00:00Z",
  last_seen_at: "2026-11-24T12:00:00Z",
};

test.each([
  [{}, "ready"],
  [{ jobs: { running: 1, waiting: 2 } }, "busy"],
  [{ accepting: false, jobs: { running: 1, waiting: 0 } }, "busy"],
  [{ wanted: "drain" as const, jobs: { running: 1, waiting: 0 } }, "draining"],
  [{ accepting: false, reason: "ComfyUI does not answer" }, "stopped"],
  [{ accepting: false, reason: "stopping", wanted: "drain" as const }, "stopped"],
  [{ ahead: 0, reason: "gpu-1 fails every job" }, "ailing"],
  [{ is_live: false, reason: "stopping" }, "gone"],
])("a worker that is %j is %s", (about, state) => {
  expect(workerState({ ...worker, ...about })).toBe(state);
});

test.each([
  ["cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", "NVIDIA GeForce RTX 4090"],
  ["cuda:0 NVIDIA RTX A6000 : native", "NVIDIA RTX A6000"],
  ["mps", "mps"],
  ["cpu", "CPU"],
  [{ name: "odd" }, null],
  [undefined, null],
])("the device %j is called %s", (device, name) => {
  expect(deviceName({ ...worker, comfyui: { device } })).toBe(name);
});

test("a version that is no text is not shown", () => {
  expect(comfyVersion({ ...worker, comfyui: { version: "0.3.64" } })).toBe("0.3.64");
  expect(comfyVersion({ ...worker, comfyui: { version: 3 } })).toBeNull();
});
