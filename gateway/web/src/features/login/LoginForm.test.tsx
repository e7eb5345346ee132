import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { text } from "../../text";
import { LoginForm } from "./LoginForm";

const SESSION = "*/api/v1/session";

serving();

async function typed(token: string, { isLinkRefused = false } = {}) {
  const onSignedIn = vi.fn();
  show(<LoginForm isLinkRefused={isLinkRefused} onSignedIn={onSignedIn} />);
  const field = await screen.findByLabelText(text.login.token);
  if (token !== "") await userEvent.type(field, token);
  await userEvent.click(screen.getByRole("button", { name: text.login.signIn }));
  return { field, onSignedIn };
}

test("a good token signs in, without the spaces that came along with it", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(SESSION, async ({ request }) => {
      sent.push(await request.json());
      return new HttpResponse(null, { status: 204 });
    }),
  );

  const { onSignedIn } = await typed("  dk_good ");

  await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
  expect(sent).toEqual([{ token: "dk_good" }]);
});

test("of a wrong token the server's words stand at the field, until it is changed", async () => {
  const detail = "this token is not known; it may have been revoked";
  const shown = "This token is not known; it may have been revoked.";
  server.use(
    http.post(SESSION, () =>
      HttpResponse.json(
        { type: "unauthorized", title: "Unauthorized", status: 401, detail, trace_id: "t" },
        { status: 401 },
      ),
    ),
  );

  const { field, onSignedIn } = await typed("dk_wrong");

  await vi.waitFor(() => expect(field).toHaveAccessibleDescription(shown));
  expect(field).toBeInvalid();
  await userEvent.type(field, "x");
  expect(screen.queryByText(shown)).toBeNull();
  expect(onSignedIn).not.toHaveBeenCalled();
});

test("an outage is not blamed on the token", async () => {
  server.use(http.post(SESSION, () => HttpResponse.error()));

  const { field } = await typed("dk_good");

  expect(await screen.findByText(text.problems.unreachable)).toBeVisible();
  expect(field).toBeValid();
});

test("without a token nothing is asked", async () => {
  const { field } = await typed("");

  expect(field).toHaveAccessibleDescription(text.login.missing);
});

test("whoever came by a link that is not good is told so", async () => {
  await typed("", { isLinkRefused: true });

  expect(screen.getByText(text.login.missing)).toBeVisible();
  await userEvent.type(screen.getByLabelText(text.login.token), "d");
  expect(screen.getByText(text.login.linkRefused)).toBeVisible();
});
