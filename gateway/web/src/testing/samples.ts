/** Jobs and items as the server tells them, for tests. */
import type { ContentView, JobView } from "../api/schema";

export function aJob(changes: Partial<JobView> = {}): JobView {
  return {
    id: "01900000-0000-7000-8000-000000000001",
    job_type: "image",
    status: "pending",
    prompt: "a lighthouse in fog",
    negative_prompt: "",
    params: { workflow: "text_to_image", width: 512, height: 768 },
    tags: [],
    priority: 0,
    attempt: 1,
    warnings: [],
    version: 1,
    created_at: "2026-11-24T12:00:00Z",
    updated_at: "2026-11-24T12:00:00Z",
    ...changes,
  };
}

export function anItem(changes: Partial<ContentView> = {}): ContentView {
  const { id = 1 } = changes;
  const thumbnail = (size: string) => `/api/v1/content-items/${id}/thumbnail/${size}?v=00000000`;
  return {
    id,
    job_id: "01900000-0000-7000-8000-000000000001",
    content_type: "image",
    title: "",
    prompt: "a lighthouse in fog",
    negative_prompt: "",
    params: { workflow: "text_to_image", width: 512, height: 768, seed: 7 },
    tags: [],
    rating: null,
    is_favorite: false,
    mime_type: "image/png",
    byte_size: 1000,
    sha256: "0".repeat(64),
    width: 512,
    height: 768,
    file_missing: false,
    image_url: `/api/v1/content-items/${id}/image?v=00000000`,
    thumbnail_url: thumbnail("medium"),
    thumbnails: {
      small: thumbnail("small"),
      medium: thumbnail("medium"),
      large: thumbnail("large"),
    },
    version: 1,
    created_at: "2026-11-24T12:00:00Z",
    ...changes,
  };
}

/** The nth job's id: ids grow with time, as UUIDs of version 7 do. */
export function nthId(n: number): string {
  return `01900000-0000-7000-8000-${String(n).padStart(12, "0")}`;
}
