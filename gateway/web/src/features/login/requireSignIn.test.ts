import { isRedirect } from "@tanstack/react-router";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import { server, serving } from "../../testing/server";
import { createSignInGuard } from "./requireSignIn";

const ME = "*/api/v1/me";

serving();

function answeringMe(...answers: (() => Response)[]) {
  let asked = 0;
  server.use(http.get(ME, () => answers[Math.min(asked++, answers.length - 1)]?.()));
  return () => asked;
}

const known = () => HttpResponse.json({ name: "ada" });
const unknown = () => HttpResponse.json({ status: 401, detail: "who?" }, { status: 401 });

test("whoever is not signed in is led to the sign-in page, and back from there", async () => {
  answeringMe(unknown);
  const requireSignIn = createSignInGuard();

  const thrown: unknown = await requireSignIn("/gallery?q=fog").catch((error: unknown) => error);

  expect(isRedirect(thrown) && thrown.options).toMatchObject({
    to: "/login",
    search: { next: "/gallery?q=fog" },
  });
});

test("it is asked until somebody is known, and then no more", async () => {
  const asked = answeringMe(unknown, known);
  const requireSignIn = createSignInGuard();

  await requireSignIn("/").catch(() => {});
  await requireSignIn("/");
  await requireSignIn("/gallery");

  expect(asked()).toBe(2);
});

test("while Darkroom does not answer the page is shown, and says so itself", async () => {
  answeringMe(() => HttpResponse.error());

  await expect(createSignInGuard()("/")).resolves.toBeUndefined();
});
