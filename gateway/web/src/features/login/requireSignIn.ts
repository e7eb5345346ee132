import { redirect } from "@tanstack/react-router";
import { api } from "../../api/client";

const PATIENCE_MS = 4_000;

/**
 * Before the first page: whoever is not signed in sees the sign-in page and nothing else.
 *
 * Asked until it was answered once. From then on each refused call says the same (api/client.ts).
 */
export function createSignInGuard() {
  let isKnown = false;
  return async function requireSignIn(href: string) {
    if (isKnown) return;
    const status = await statusOfMe();
    if (status === 401) throw redirect({ to: "/login", search: { next: href }, replace: true });
    isKnown = true; // or Darkroom does not answer, which the pages say better
  };
}

async function statusOfMe(): Promise<number | null> {
  try {
    return (await api.GET("/api/v1/me", { signal: AbortSignal.timeout(PATIENCE_MS) })).response
      .status;
  } catch {
    return null;
  }
}
