"""/api/v1/events: bytes and close codes pass between a client and a notifier, and nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Origin

from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.media import MediaStore
from shared.workflows.workflow import Workflows
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until
from tests.integration.gateway.running_gateway import Served, serving

Handler = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class Notifier:
    """Speaks the real protocol, and does what a test asks for."""

    port: int = 0
    handle: Handler | None = None
    refusal: HTTPStatus | None = None
    requests: list[Request] = field(default_factory=list)
    ends: list[int | None] = field(default_factory=list)

    async def greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.refusal is None:
            return None
        return connection.respond(self.refusal, '{"type": "unauthorized"}')

    async def serve(self, connection: ServerConnection) -> None:
        if self.handle is not None:
            await self.handle(connection)
        await connection.wait_closed()
        self.ends.append(connection.close_code)


@pytest.fixture(autouse=True)
def no_socket_is_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    ours = [one for one in caplog.records if one.name != "websockets.server"]
    assert not [one for one in ours if one.levelno >= logging.ERROR], caplog.text


@pytest.fixture
async def notifier() -> AsyncIterator[Notifier]:
    notifier = Notifier()
    async with serve(
        notifier.serve, "127.0.0.1", 0, process_request=notifier.greet, compression=None
    ) as server:
        notifier.port = server.sockets[0].getsockname()[1]
        yield notifier


@pytest.fixture
async def gateway(
    notifier: Notifier,
    settings: Settings,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
) -> AsyncIterator[Served]:
    async with _beside(notifier.port, settings, sessions, media, workflows) as served:
        yield served


@asynccontextmanager
async def _beside(
    port: int, settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> AsyncIterator[Served]:
    url = f"ws://127.0.0.1:{port}/api/v1/events"
    pointed = settings.model_copy(update={"notifier_url": url})
    async with serving(pointed, sessions=sessions, media=media, workflows=workflows) as served:
        yield served


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_messages_pass_both_ways_unchanged(gateway: Served, notifier: Notifier) -> None:
    notifier.handle = echo

    async with connect(gateway.socket_url) as client:
        for message in ('{"type": "ping"}', "ünïcode 💥", b"\x00\xff", "", "x" * 60_000):
            await client.send(message)
            assert await client.recv() == message


async def test_the_notifier_is_shown_the_clients_own_headers_and_no_more(
    gateway: Served, notifier: Notifier
) -> None:
    theirs = {
        "Authorization": "Bearer dk_x",
        "Cookie": "darkroom_session=dk_y; theme=dark",
        "Sec-Fetch-Site": "same-origin",
        "X-Forwarded-User": "admin",
        "X-Secret": "s",
    }

    async with connect(
        gateway.socket_url, origin=Origin("http://evil.example"), additional_headers=theirs
    ):
        [request] = notifier.requests

    headers = request.headers
    assert headers["Authorization"] == "Bearer dk_x"
    assert headers["Cookie"] == "darkroom_session=dk_y; theme=dark"
    assert headers["Sec-Fetch-Site"] == "same-origin"
    assert headers["Origin"] == "http://evil.example"
    assert headers.get_all("Host") == [f"127.0.0.1:{gateway.port}"]
    assert "X-Forwarded-User" not in headers
    assert "X-Secret" not in headers
    assert request.path == "/api/v1/events"


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1013, 4401])
async def test_the_notifiers_close_code_reaches_the_client(
    gateway: Served, notifier: Notifier, code: int
) -> None:
    async def end(connection: ServerConnection) -> None:
        await connection.send("last words")
        await connection.close(code, "because")

    notifier.handle = end
    async with connect(gateway.socket_url) as client:
        assert await client.recv() == "last words"
        with pytest.raises(ConnectionClosed):
            await client.recv()

    assert (client.close_code, client.close_reason) == (code, "because")


async def test_the_clients_close_code_reaches_the_notifier(
    gateway: Served, notifier: Notifier
) -> None:
    async with connect(gateway.socket_url) as client:
        await client.close(4000, "enough")

    await until(lambda: notifier.ends)
    assert notifier.ends == [4000]


async def test_a_client_that_vanishes_does_not_leave_its_socket_behind(
    gateway: Served, notifier: Notifier
) -> None:
    client = await connect(gateway.socket_url)
    await until(lambda: notifier.requests)

    client.transport.abort()

    await until(lambda: notifier.ends)


async def test_a_refusal_at_the_handshake_passes_through(
    gateway: Served, notifier: Notifier
) -> None:
    notifier.refusal = HTTPStatus.UNAUTHORIZED

    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.socket_url)

    assert refused.value.response.status_code == 401
    assert refused.value.response.body == b'{"type": "unauthorized"}'


async def test_gateway_and_notifier_know_a_handshake_by_the_same_trace_id(
    gateway: Served, notifier: Notifier
) -> None:
    notifier.refusal = HTTPStatus.TOO_MANY_REQUESTS
    given = "0af7651916cd43dd8448eb211c80319c"
    traceparent = {"traceparent": f"00-{given}-b7ad6b7169203331-01"}

    for headers in ({}, traceparent):
        with pytest.raises(InvalidStatus) as refused:
            await connect(gateway.socket_url, additional_headers=headers)
        told = refused.value.response.headers["X-Trace-Id"]
        assert told in notifier.requests[-1].headers["traceparent"]
        assert told == given or not headers


@pytest.mark.parametrize("host", ["", "u:p@h", "h:99999", "a b/c?d", "[::1", "\u00e9", "h:1:2"])
async def test_a_host_that_is_none_is_not_shown_to_the_notifier(
    gateway: Served, notifier: Notifier, host: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(
        f"GET /api/v1/events HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.close()

    [request] = notifier.requests
    assert request.path == "/api/v1/events"
    assert request.headers.get_all("Host") == [f"127.0.0.1:{notifier.port}"]
    assert "Authorization" not in request.headers


async def test_a_socket_at_another_address_is_told_that_there_is_none(gateway: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.socket_url + "/x")

    response = refused.value.response
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert orjson.loads(response.body or b"")["trace_id"] == response.headers["X-Trace-Id"]


async def test_a_handshake_that_is_too_long_for_the_notifier_is_answered(gateway: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(gateway.socket_url, additional_headers={"Cookie": "a=" + "x" * 9000})

    assert refused.value.response.status_code == 431


async def test_without_a_notifier_the_client_is_told_to_try_again(
    settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> None:
    async with _beside(free_port(), settings, sessions, media, workflows) as gateway:
        async with connect(gateway.socket_url) as client:
            with pytest.raises(ConnectionClosed):
                await client.recv()
        assert client.close_code == 1013


async def test_a_notifier_that_dies_sends_the_client_to_the_next_one(
    gateway: Served, notifier: Notifier
) -> None:
    async def die(connection: ServerConnection) -> None:
        connection.transport.abort()

    notifier.handle = die
    async with connect(gateway.socket_url) as client:
        with pytest.raises(ConnectionClosed):
            await client.recv()

    assert client.close_code == 1013


async def test_a_client_that_does_not_read_holds_up_the_notifier_and_nobody_else(
    gateway: Served, notifier: Notifier
) -> None:
    sent = 0
    megabyte = "x" * (1 << 20)

    async def flood(connection: ServerConnection) -> None:
        nonlocal sent
        for _ in range(200):
            await connection.send(megabyte)
            sent += 1

    notifier.handle = flood
    async with connect(gateway.socket_url, max_size=2 << 20, max_queue=1):
        await until(lambda: sent > 0)
        async with asyncio.timeout(30):
            before = -1
            while before != sent:  # until nothing moves any more
                before = sent
                await asyncio.sleep(0.5)
        assert sent < 100

        notifier.handle = echo
        async with connect(gateway.socket_url) as other:
            await other.send("quick")
            async with asyncio.timeout(5):
                assert await other.recv() == "quick"


async def test_a_frame_that_is_far_too_large_ends_the_connection(
    gateway: Served, notifier: Notifier
) -> None:
    notifier.handle = echo
    async with connect(gateway.socket_url) as client:
        await client.send("x" * (300 * 1024))
        with pytest.raises(ConnectionClosed):
            await client.recv()

    assert client.close_code == 1009
