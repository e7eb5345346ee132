"""HTTP/1.1 as servers really speak it: kept open, in pieces, cut short, or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from services.comfyui_worker.wire import MOST_BESIDE, MOST_READ_AHEAD, Transport
from tests.infrastructure.waiting import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with what is next; None: it closes the connection instead."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self.last: asyncio.StreamWriter | None = None
        self.url = ""
        self.closes_after_each = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.last = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head)
                answer = self.answers.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if self.closes_after_each:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(*answers: bytes | None) -> AsyncIterator[tuple[Server, Transport]]:
    server, transport = Server(*answers), Transport()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        try:
            yield server, transport
        finally:
            await transport.aclose()


async def ask(server: Server, transport: Transport, *, method: str = "GET") -> tuple[int, bytes]:
    request = httpx.Request(method, f"{server.url}/queue?x=1", headers=[("Accept", "*/*")])
    response = await transport.handle_async_request(request)
    try:
        return response.status_code, await response.aread()
    finally:
        await response.aclose()


async def test_a_connection_serves_one_exchange_after_another() -> None:
    async with served(OK, OK, OK) as (server, transport):
        assert [await ask(server, transport) for _ in range(3)] == [(200, b"ok")] * 3
    assert server.connections == 1
    assert server.requests[0].startswith(b"GET /queue?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")


async def test_several_exchanges_at_a_time_have_a_connection_each() -> None:
    async with served(OK, OK, OK) as (server, transport):
        await asyncio.gather(*(ask(server, transport) for _ in range(3)))
    assert server.connections == 3


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            200,
            b"abc",
        ),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
    ],
)
async def test_whatever_tells_where_an_answer_ends(answer: bytes, status: int, body: bytes) -> None:
    async with served(answer, OK) as (server, transport):
        assert await ask(server, transport) == (status, body)
        assert await ask(server, transport) == (200, b"ok")
    assert server.connections == 1


async def test_without_a_length_the_end_of_the_connection_is_the_end_of_the_answer() -> None:
    async with served(b"HTTP/1.1 200 OK\r\n\r\nall of it", OK) as (server, transport):
        server.closes_after_each = True
        assert await ask(server, transport) == (200, b"all of it")
        assert await ask(server, transport) == (200, b"ok")
    assert server.connections == 2


async def test_one_that_wants_to_close_is_not_asked_again() -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    async with served(closing, OK) as (server, transport):
        for _ in range(2):
            assert await ask(server, transport) == (200, b"ok")
    assert server.connections == 2


async def test_a_question_that_met_a_closed_door_is_asked_again() -> None:
    async with served(OK, None, OK) as (server, transport):
        for _ in range(2):
            assert await ask(server, transport) == (200, b"ok")
    assert server.connections == 2


async def test_what_may_have_been_done_is_not_asked_for_again() -> None:
    async with served(OK, None, OK) as (server, transport):
        await ask(server, transport, method="POST")
        with pytest.raises(httpx.TransportError):
            await ask(server, transport, method="POST")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntoo short",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200",
        b"",
        b"HTTP/1.1 200 OK\r\nX: " + bytes([65]) * 2 * MOST_BESIDE,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * (MOST_BESIDE // 3),
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MOST_BESIDE // 10),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nab\r\n0\r\n" + b"X: y\r\n" * (MOST_BESIDE // 3),
    ],
)
async def test_what_is_cut_short_or_not_http_is_an_error(answer: bytes | None) -> None:
    async with served(answer) as (server, transport):
        server.closes_after_each = True
        with pytest.raises(httpx.TransportError):
            await ask(server, transport)


async def test_two_answers_to_one_question_are_one_too_many() -> None:
    async with served(OK + OK, OK) as (server, transport):
        assert await ask(server, transport) == (200, b"ok")
        assert await ask(server, transport) == (200, b"ok")
    assert server.connections == 2


async def test_words_that_nobody_asked_for_end_the_connection() -> None:
    async with served(OK, OK) as (server, transport):
        await ask(server, transport)
        assert server.last is not None
        server.last.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")
        await until(server.last.is_closing, what="the connection is ended")
        assert await ask(server, transport) == (200, b"ok")


async def test_nobody_listening_is_an_error() -> None:
    async with served() as (server, transport):
        pass
    with pytest.raises(httpx.ConnectError):
        await ask(server, transport)


async def test_an_answer_is_read_no_faster_than_it_is_wanted() -> None:
    sent = 0

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        try:
            while True:
                writer.write(bytes(65536))
                await writer.drain()
                sent += 65536
        except ConnectionError:
            writer.close()

    transport = Transport()
    async with await asyncio.start_server(pour, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        response = await transport.handle_async_request(
            httpx.Request("GET", f"http://127.0.0.1:{port}/")
        )
        await standstill(lambda: sent)
        assert sent < 20 * MOST_READ_AHEAD
        before = sent
        parts = aiter(response.aiter_raw())
        while sent == before:
            await anext(parts)
        await response.aclose()


async def standstill(count: Callable[[], int]) -> None:
    while True:
        before = count()
        await asyncio.sleep(0.1)
        if count() == before:
            return


async def test_who_loses_patience_leaves_nothing_behind() -> None:
    """The next question does not get the answer to this one."""
    late = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if not late.is_set():
            late.set()
            await reader.read()
        else:
            writer.write(OK)
            await writer.drain()
        writer.close()

    transport = Transport()
    server = Server()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        impatient = asyncio.ensure_future(ask(server, transport))
        await late.wait()
        impatient.cancel()
        await asyncio.wait({impatient})
        assert await ask(server, transport) == (200, b"ok")
    await transport.aclose()
