import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { expect, test } from "vitest";
import type { TokenView } from "../../api/schema";
import { server, serving } from "../../testing/server";
import { show } from "../../testing/show";
import { text } from "../../text";
import { TokensSection } from "./TokensSection";

serving();

const words = text.settings;

function aToken(about: Partial<TokenView>): TokenView {
  return {
    id: "t1",
    name: "laptop",
    created_at: "2026-03-01T12:00:00Z",
    last_used_at: null,
    is_current: false,
    ...about,
  };
}

/** The server's tokens; what is made and revoked changes them. */
function withTokens(...tokens: TokenView[]) {
  const held = [...tokens];
  const revoked: string[] = [];
  server.use(
    http.get("*/api/v1/tokens", () => HttpResponse.json({ items: held })),
    http.post("*/api/v1/tokens", async ({ request }) => {
      const { name } = (await request.json()) as { name: string };
      const made = aToken({ id: `made-${held.length}`, name });
      held.unshift(made);
      return HttpResponse.json({ ...made, token: "dk_secret/+" }, { status: 201 });
    }),
    http.delete("*/api/v1/tokens/:id", ({ params }) => {
      const id = String(params.id);
      revoked.push(id);
      const at = held.findIndex((token) => token.id === id);
      if (at === -1) {
        const detail = `you have no token ${id}`;
        return HttpResponse.json({ status: 404, detail }, { status: 404 });
      }
      held.splice(at, 1);
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return { held, revoked };
}

async function create(name: string) {
  await userEvent.type(await screen.findByLabelText(words.tokenName), name);
  await userEvent.click(screen.getByRole("button", { name: words.createToken }));
}

test("a token that was made is shown with its link, and never again", async () => {
  withTokens();
  show(<TokensSection />);

  await create("my phone");

  expect(await screen.findByLabelText(words.newToken)).toHaveValue("dk_secret/+");
  expect(screen.getByLabelText(words.newLink)).toHaveValue(
    `${location.origin}/login?token=dk_secret%2F%2B`,
  );
  expect(screen.getByText(words.createdWarning)).toBeVisible();
  expect(await screen.findByText("my phone")).toBeVisible();

  await userEvent.click(screen.getByRole("button", { name: words.createdDone }));
  expect(screen.queryByDisplayValue(/dk_secret/)).toBeNull();
  expect(screen.getByLabelText(words.tokenName)).toHaveValue("");
});

test("a token without a name is not asked for", async () => {
  const { held } = withTokens();
  show(<TokensSection />);

  await create("   ");

  expect(screen.getByText(words.tokenNameMissing)).toBeVisible();
  expect(held).toEqual([]);
});

test("what the server says of a name stands at the field", async () => {
  withTokens();
  const msg = "must not contain a NUL character";
  server.use(
    http.post("*/api/v1/tokens", () =>
      HttpResponse.json(
        { status: 422, detail: "the request is wrong", errors: [{ loc: ["body", "name"], msg }] },
        { status: 422 },
      ),
    ),
  );
  show(<TokensSection />);

  await create("odd");

  await waitFor(() =>
    expect(screen.getByLabelText(words.tokenName)).toHaveAccessibleDescription(
      "Must not contain a NUL character.",
    ),
  );
});

test("the focus goes to the new token, back to its form, and from a revoked one to the next", async () => {
  withTokens(aToken({ id: "a", name: "laptop" }), aToken({ id: "b", name: "ci" }));
  show(<TokensSection />);

  await create("phone");
  await waitFor(() => expect(screen.getByRole("status")).toHaveFocus());
  await userEvent.click(screen.getByRole("button", { name: words.createdDone }));
  expect(screen.getByLabelText(words.tokenName)).toHaveFocus();

  await userEvent.click(screen.getByRole("button", { name: `${words.revoke}: laptop` }));
  const dialog = await screen.findByRole("dialog");
  await userEvent.click(within(dialog).getByRole("button", { name: words.revoke }));
  await waitFor(() =>
    expect(screen.getByRole("button", { name: `${words.revoke}: ci` })).toHaveFocus(),
  );
});

test("a token is revoked after a question, and is gone", async () => {
  const { revoked } = withTokens(
    aToken({ id: "a", name: "laptop" }),
    aToken({ id: "b", name: "ci" }),
  );
  show(<TokensSection />);

  await userEvent.click(await screen.findByRole("button", { name: `${words.revoke}: ci` }));
  expect(revoked).toEqual([]);
  expect(await screen.findByText(words.revokeOther("ci"))).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: words.revoke }));

  await waitFor(() => expect(screen.queryByText("ci")).toBeNull());
  expect(revoked).toEqual(["b"]);
  expect(screen.getByText("laptop")).toBeVisible();
});

test("of the token in use it is said that it is, and what revoking it does", async () => {
  withTokens(
    aToken({ id: "a", name: "laptop", is_current: true }),
    aToken({ id: "b", name: "ci" }),
  );
  show(<TokensSection />);

  const list = await screen.findByRole("list", { name: words.tokens });
  const [own, other] = within(list).getAllByRole("listitem");
  expect(own).toHaveTextContent(words.current);
  expect(other).not.toHaveTextContent(words.current);

  await userEvent.click(screen.getByRole("button", { name: `${words.revoke}: laptop` }));
  expect(await screen.findByText(words.revokeOwn("laptop"))).toBeVisible();
});

test("a token that somebody else has just revoked is gone without a complaint", async () => {
  const { held } = withTokens(aToken({ name: "laptop" }));
  show(<TokensSection />);
  await userEvent.click(await screen.findByRole("button", { name: `${words.revoke}: laptop` }));
  held.length = 0;

  await userEvent.click(await screen.findByRole("button", { name: words.revoke }));

  await waitFor(() => expect(screen.queryByText("laptop")).toBeNull());
  expect(screen.queryByText(words.revokeFailed)).toBeNull();
});
