import type { ContentView } from "../api/schema";

/** The tag of what the simulator drew. */
export const SIMULATED = "simulated";

export function isSimulated({ tags }: Pick<ContentView, "tags">): boolean {
  return tags.includes(SIMULATED);
}
