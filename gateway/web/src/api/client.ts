/** The gateway's API, typed by its own description. */
import createClient, { type Middleware } from "openapi-fetch";
import createQueryHooks from "openapi-react-query";
import type { paths } from "./schema";

let signedOut = () => {};

/** Called at each answer that says: nobody is signed in here. */
export function onSignedOut(react: () => void) {
  signedOut = react;
}

export function tellSignedOut() {
  signedOut();
}

const watchingSignIn: Middleware = {
  onResponse({ response }) {
    if (response.status === 401) signedOut();
  },
};

export const api = createClient<paths>({
  baseUrl: location.origin,
  fetch: (request) => globalThis.fetch(request), // looked up at each call, so that tests can step in
});
api.use(watchingSignIn);

export const $api = createQueryHooks(api);
