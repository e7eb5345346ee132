/** N images are N jobs. Each is submitted under a key of its own, so that asking again makes no second. */
import { api } from "../../api/client";
import { isPassing, Refused } from "../../api/problems";
import type { JobRequest, JobView } from "../../api/schema";

export interface Outcome {
  accepted: number;
  /** What stopped the rest; null: nothing did. */
  stoppedBy: unknown;
}

const PAUSES_MS = [400, 1_200, 3_000]; // before asking again, while Darkroom does not answer

export async function submitAll(
  requests: readonly JobRequest[],
  onAccepted: (job: JobView) => void,
): Promise<Outcome> {
  let accepted = 0;
  for (const request of requests) {
    try {
      onAccepted(await submitOne(request, crypto.randomUUID()));
    } catch (stoppedBy) {
      return { accepted, stoppedBy };
    }
    accepted += 1;
  }
  return { accepted, stoppedBy: null };
}

async function submitOne(request: JobRequest, key: string): Promise<JobView> {
  for (const pause of PAUSES_MS) {
    try {
      return await post(request, key);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return post(request, key);
}

async function post(body: JobRequest, key: string): Promise<JobView> {
  const { data, error } = await api.POST("/api/v1/generation-jobs", {
    params: { header: { "idempotency-key": key } },
    body,
  });
  if (error) throw new Refused(error);
  return data;
}
