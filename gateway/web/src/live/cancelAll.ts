/** Cancels all that waits. The API cancels one at a time: this asks for each, a few at once. */
import { api } from "../api/client";
import { problemIn, Refused } from "../api/problems";
import type { JobView } from "../api/schema";

export interface Outcome {
  cancelled: number;
  /** What was to be cancelled and still waits. */
  left: number;
  /** Of the last one that was not cancelled; null: all were. */
  error: unknown;
}

interface Hears {
  onCancelled: (job: JobView) => void;
  onProgress: (done: number, all: number) => void;
}

const PAGE = 200;
const AT_ONCE = 4;
const OVER = new Set([404, 409]); // it ended, or was removed, a moment ago

/** What is refused is passed over; once Darkroom does not answer the rest is left. Throws where it
 *  cannot be read what waits. */
export async function cancelAll({ onCancelled, onProgress }: Hears): Promise<Outcome> {
  const ids = await pendingIds();
  const outcome: Outcome = { cancelled: 0, left: 0, error: null };
  const queue = [...ids];
  let done = 0;
  let isAway = false;
  const work = async () => {
    for (let id = queue.shift(); id !== undefined && !isAway; id = queue.shift()) {
      try {
        const job = await cancelOne(id);
        if (job) {
          outcome.cancelled += 1;
          onCancelled(job);
        }
      } catch (error) {
        outcome.left += 1;
        outcome.error = error;
        isAway = problemIn(error) === null;
      }
      done += 1;
      onProgress(done, ids.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...outcome, left: outcome.left + ids.length - done };
}

/** Oldest last, so that what is next in the queue goes last: nothing starts in between. */
async function pendingIds(): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const { data, error }: Awaited<ReturnType<typeof page>> = await page(cursor);
    if (error) throw new Refused(error);
    ids.push(...data.items.map(({ id }) => id));
    cursor = data.next_cursor ?? null;
  } while (cursor !== null);
  return ids;
}

function page(cursor: string | null) {
  return api.GET("/api/v1/generation-jobs", {
    params: { query: { status: ["pending"], limit: PAGE, ...(cursor ? { cursor } : {}) } },
  });
}

/** Null: there was nothing left to cancel. */
async function cancelOne(id: string): Promise<JobView | null> {
  const { data, error } = await api.POST("/api/v1/generation-jobs/{job_id}/cancel", {
    params: { path: { job_id: id } },
  });
  if (!error) return data;
  if (OVER.has(error.status)) return null;
  throw new Refused(error);
}
