"""Who may open a socket, and for how long."""

import logging
from collections.abc import Iterator

import orjson
import pytest
from sqlalchemy import delete
from websockets.exceptions import InvalidStatus

from shared.auth import COOKIE
from shared.bus.in_process import InProcessBus
from shared.db.engine import Sessions, transaction
from shared.db.tables import ApiToken
from tests.factories import Token, make_token
from tests.integration.notifier.live import Client, client, notifier


@pytest.fixture(autouse=True)
def no_refusal_is_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR], caplog.text


async def refused_with(port: int, path: str = "/api/v1/events", **headers: str) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with client(port, None, path=path, **headers):
            pass
    response = refused.value.response
    assert response.headers["content-type"] == "application/problem+json"
    problem = orjson.loads(response.body or b"")
    assert problem["status"] == response.status_code
    assert problem["type"] == problem["title"].lower().replace(" ", "_")
    assert problem["detail"]
    assert problem["trace_id"] == response.headers["x-trace-id"]
    return response.status_code


async def test_without_a_token_it_is_refused_at_the_handshake(port: int) -> None:
    assert await refused_with(port) == 401


@pytest.mark.parametrize("header", ["Bearer dk_wrong", "Bearer ", "Basic abc", "Bearer ü"])
async def test_with_a_token_that_is_not_one_it_is_refused(port: int, header: str) -> None:
    assert await refused_with(port, authorization=header) == 401


async def test_a_handshake_with_a_header_that_is_too_long_is_answered(port: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with client(port, None, cookie="a=" + "x" * 9000):
            pass

    assert refused.value.response.status_code == 431


async def test_the_cookie_of_our_own_page_lets_in(port: int, token: Token) -> None:
    cookie = f"theme=dark; {COOKIE}={token.token}"
    async with client(port, cookie=cookie, origin=f"http://127.0.0.1:{port}") as one:
        assert (await one.hear())["type"] == "hello"
    async with client(port, None, **{"cookie": cookie, "sec-fetch-site": "same-origin"}) as one:
        assert (await one.hear())["type"] == "hello"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {},
    ],
)
async def test_the_cookie_from_another_page_is_refused(
    port: int, token: Token, headers: dict[str, str]
) -> None:
    assert await refused_with(port, cookie=f"{COOKIE}={token.token}", **headers) == 403


async def test_a_token_from_another_page_is_refused_too(port: int, token: Token) -> None:
    headers = {"origin": "http://evil.example"} | token.headers

    assert await refused_with(port, **headers) == 403


async def test_there_is_one_path_only(port: int, token: Token) -> None:
    assert await refused_with(port, path="/api/v1/other", **token.headers) == 404


async def test_a_user_may_have_so_many_sockets_and_no_more(
    sessions: Sessions, bus: InProcessBus, token: Token, stranger: Token
) -> None:
    async with (
        notifier(sessions, bus, notifier_sockets_per_user=2) as port,
        client(port, token) as one,
        client(port, stranger),
    ):
        await one.hear()
        async with client(port, token) as two:
            await two.hear()
            assert await refused_with(port, **token.headers) == 429
        async with client(port, token) as again:
            assert (await again.hear())["type"] == "hello"


async def test_a_revoked_token_ends_its_sockets_and_no_others(
    port: int, one: Client, token: Token, sessions: Sessions
) -> None:
    second_token = await make_token(sessions, token.user)
    async with client(port, second_token) as other:
        await other.hear()
        async with transaction(sessions) as session:
            await session.execute(delete(ApiToken).where(ApiToken.id == token.id))

        assert await one.closed_with() == 4401
        assert await other.hear_out() == []
    assert await refused_with(port, **token.headers) == 401
