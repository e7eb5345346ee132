"""A server on a port of its own, and clients that say exactly what they are told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import orjson

from shared.serving.limits import Limits
from shared.serving.server import Server, bind

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@asynccontextmanager
async def serving(app: App, limits: Limits | None = None) -> AsyncIterator[int]:
    """Its port."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    listener = bind("127.0.0.1", 0, setting="PORT")
    server = Server(app, listener, on_listening=port.set_result, limits=limits)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve_until(stop))
        try:
            yield await port
        finally:
            stop.set()


class RawClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def say_without_end(self, pieces: Iterator[bytes], *, pause: float = 0) -> bytes:
        """Until nobody listens; what was answered."""
        hearing = asyncio.create_task(self.hear_out())
        with contextlib.suppress(OSError):
            for piece in pieces:
                if hearing.done():
                    break
                await self.say(piece)
                await asyncio.sleep(pause)
        return await hearing

    async def hear_out(self) -> bytes:
        """Everything, until the other side ends it."""
        heard = b""
        async with asyncio.timeout(30):
            with contextlib.suppress(OSError):
                while piece := await self.reader.read(65536):
                    heard += piece
        return heard

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and body of the answer, which has a Content-Length."""
        await self.say(request)
        return await self.hear_answer()

    async def hear_answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(30):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
            return int(head.split(b" ")[1]), await self.reader.readexactly(length)


@asynccontextmanager
async def raw_client(port: int) -> AsyncIterator[RawClient]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.transport.abort()


def problem_in(heard: bytes) -> dict[str, Any]:
    """That of a lone answer."""
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, heard[:500]
    problem: dict[str, Any] = orjson.loads(body)
    assert int(head.split(b" ")[1]) == problem["status"]
    assert problem["trace_id"]
    assert problem["detail"]
    return problem
