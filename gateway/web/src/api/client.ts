/** The gateway's API, typed by its own description. */
import createClient, { type Middleware } from "openapi-fetch";
import createQueryHooks from "openapi-react-query";
import { hearDate } from "./clock";
import { isOutOfPatience } from "./problems";
import type { paths } from "./schema";

const PATIENCE_MS = 15_000; // a Darkroom that hangs is one that does not answer

let signedOut = () => {};
let noAnswer = () => {};

/** Called at each answer that says: nobody is signed in here. */
export function onSignedOut(react: () => void) {
  signedOut = react;
}

export function tellSignedOut() {
  signedOut();
}

/** Called where a call was given up: Darkroom, or the way to it, hangs. */
export function onNoAnswer(react: () => void) {
  noAnswer = react;
}

const watching: Middleware = {
  onResponse({ response }) {
    hearDate(response.headers.get("date"));
    if (response.status === 401) signedOut();
  },
  onError({ error }) {
    if (isOutOfPatience(error)) noAnswer();
  },
};

/** Looked up at each call, so that tests can step in. */
function fetch(request: Request): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]);
  return globalThis.fetch(request, { signal });
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch,
});
api.use(watching);

export const $api = createQueryHooks(api);
