/** Valid jobs and other things of the API, of which a test names only what it is about. */
import type { JobView } from "../api/schema";

let made = 0;

/** Newer than the one before. */
export function aJob(about: Partial<JobView> = {}): JobView {
  made += 1;
  const at = "2026-03-01T12:00:00Z";
  return {
    id: `0195-${made.toString().padStart(8, "0")}`,
    job_type: "image",
    status: "pending",
    prompt: "a lighthouse in the fog",
    negative_prompt: "",
    params: { workflow: "text_to_image", width: 512, height: 512, seed: 1 },
    tags: [],
    priority: 0,
    attempt: 1,
    warnings: [],
    version: 1,
    created_at: at,
    updated_at: at,
    ...about,
  };
}
