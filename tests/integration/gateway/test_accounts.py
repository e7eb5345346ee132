"""Signing in, tokens, and whose page may act with the cookie."""

from uuid import UUID

import httpx
import pytest

from gateway.parts import Parts
from shared.db.engine import Sessions
from shared.db.tokens import revoke_token
from tests.factories import Token, make_job, make_token, make_user
from tests.integration.gateway.asking import JOBS, problem, request

OURS = {"Sec-Fetch-Site": "same-origin"}


async def test_the_link_signs_in_and_the_cookie_is_out_of_reach_of_scripts(
    anonymous: httpx.AsyncClient, token: Token
) -> None:
    answer = await anonymous.get("/login", params={"token": token.token})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"].lower()
    assert cookie.startswith(f"darkroom_session={token.token.lower()};")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert (await anonymous.get("/api/v1/me")).json()["name"] == "ada"


async def test_behind_a_proxy_that_ends_tls_the_cookie_stays_on_tls(
    anonymous: httpx.AsyncClient, token: Token
) -> None:
    for proto, is_secure in (("https", True), ("http", False), (None, False)):
        headers = {"X-Forwarded-Proto": proto} if proto else {}
        answer = await anonymous.get("/login", params={"token": token.token}, headers=headers)
        assert ("; secure" in answer.headers["Set-Cookie"].lower()) is is_secure


@pytest.mark.parametrize("bad", ["dk_unknown", "é", "x" * 150])
async def test_a_bad_token_signs_nobody_in(anonymous: httpx.AsyncClient, bad: str) -> None:
    for answer in (
        await anonymous.get("/login", params={"token": bad}),
        await anonymous.post("/api/v1/session", json={"token": bad}),
    ):
        problem(answer, 401)
        assert "Set-Cookie" not in answer.headers


async def test_a_session_is_begun_and_ended(anonymous: httpx.AsyncClient, token: Token) -> None:
    begun = await anonymous.post("/api/v1/session", json={"token": token.token}, headers=OURS)
    assert begun.status_code == 204
    assert (await anonymous.get(JOBS)).status_code == 200

    ended = await anonymous.delete("/api/v1/session", headers=OURS)
    assert ended.status_code == 204
    problem(await anonymous.get(JOBS), 401)
    assert (await anonymous.get(JOBS, headers=token.headers)).status_code == 200


async def test_no_other_page_signs_in_or_acts_with_the_cookie(
    anonymous: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user)
    foreign = {"Origin": "http://evil.example"}
    login = await anonymous.post(
        "/api/v1/session", json={"token": token.token}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert problem(login, 403)["type"] == "cross_site"
    await anonymous.get("/login", params={"token": token.token})

    for headers in (
        {},
        foreign,
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://darkroom.test"},
    ):
        for method, path in [
            ("POST", JOBS),
            ("POST", f"{JOBS}/{job.id}/cancel"),
            ("DELETE", f"{JOBS}/{job.id}"),
            ("POST", "/api/v1/tokens"),
            ("DELETE", "/api/v1/session"),
        ]:
            answer = await anonymous.request(method, path, headers=headers)
            assert problem(answer, 403)["type"] == "cross_site", (headers, method, path)

    assert (await anonymous.get(f"{JOBS}/{job.id}")).json()["status"] == "pending"


@pytest.mark.parametrize("headers", [OURS, {"Origin": "http://darkroom.test"}])
async def test_our_own_page_acts_with_the_cookie(
    anonymous: httpx.AsyncClient, token: Token, headers: dict[str, str]
) -> None:
    await anonymous.get("/login", params={"token": token.token})

    assert (await anonymous.post(JOBS, json=request(), headers=headers)).status_code == 201


async def test_a_program_with_a_bearer_token_needs_no_origin(client: httpx.AsyncClient) -> None:
    answer = await client.post(JOBS, json=request(), headers={"Origin": "http://evil.example"})

    assert answer.status_code == 201


async def test_the_token_that_asks_is_marked(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/v1/tokens", json={"name": "laptop"})

    def marked(answer: httpx.Response) -> list[str]:
        return [one["name"] for one in answer.json()["items"] if one["is_current"]]

    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert marked(await client.get("/api/v1/tokens")) == ["test"]
    assert marked(await client.get("/api/v1/tokens", headers=bearer)) == ["laptop"]


async def test_a_token_is_shown_once_and_works_until_it_is_revoked(
    client: httpx.AsyncClient, token: Token
) -> None:
    made = await client.post("/api/v1/tokens", json={"name": "laptop"})
    assert made.status_code == 201
    secret, token_id = made.json()["token"], made.json()["id"]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/api/v1/me", headers=bearer)).json()["id"] == str(token.user.id)

    listed = await client.get("/api/v1/tokens")
    assert [one["name"] for one in listed.json()["items"]] == ["laptop", "test"]
    assert secret not in listed.text
    assert listed.json()["items"][0]["last_used_at"].endswith("Z")

    assert (await client.delete(f"/api/v1/tokens/{token_id}")).status_code == 204
    problem(await client.get("/api/v1/me", headers=bearer), 401)
    problem(await client.delete(f"/api/v1/tokens/{token_id}"), 404)


async def test_a_token_revoked_elsewhere_is_refused_within_seconds(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, parts: Parts
) -> None:
    assert (await client.get("/api/v1/me")).status_code == 200
    async with sessions.begin() as session:
        await revoke_token(session, token.id, user_id=token.user.id)

    assert parts.settings.identity_seconds <= 5
    parts.identities.forget()  # what those seconds do

    problem(await client.get("/api/v1/me"), 401)


async def test_nobody_sees_or_revokes_the_tokens_of_another(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    stranger = await make_token(sessions, name="theirs")

    assert "theirs" not in (await client.get("/api/v1/tokens")).text
    problem(await client.delete(f"/api/v1/tokens/{stranger.id}"), 404)
    assert (await client.get("/api/v1/me", headers=stranger.headers)).status_code == 200


async def test_me_tells_what_one_may_do(client: httpx.AsyncClient, sessions: Sessions) -> None:
    await client.post(JOBS, json=request())

    me = (await client.get("/api/v1/me")).json()

    assert (me["is_admin"], me["max_unfinished"], me["unfinished"]) == (False, 1000, 1)
    assert me["id"] == str(UUID(me["id"]))


async def test_only_an_admin_decides_about_workers_and_dead_letters(
    anonymous: httpx.AsyncClient, sessions: Sessions
) -> None:
    nobody = await make_token(sessions)
    boss = await make_token(sessions, await make_user(sessions, is_admin=True))

    for method, path, body in [
        ("PATCH", "/api/v1/workers/gpu-1", {"wanted": "drain"}),
        ("GET", "/api/v1/dead-letters", None),
        ("PATCH", "/api/v1/dead-letters/1", {"decision": "retry"}),
    ]:
        refused = await anonymous.request(method, path, json=body, headers=nobody.headers)
        allowed = await anonymous.request(method, path, json=body, headers=boss.headers)
        assert problem(refused, 403)["type"] == "admin_only"
        assert allowed.status_code in (200, 404)
