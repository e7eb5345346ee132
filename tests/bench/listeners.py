"""Many WebSocket clients in a process of their own, each as small as can be.

Told what to do on stdin; says "ready" when all have their snapshot, and ends with when each was
told of the event that it waits for. All of it JSON, a line each."""

import asyncio
import base64
import os
import struct
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from pydantic import BaseModel

from tests.infrastructure.processes import REPOSITORY

PATH = "/api/v1/events"
TEXT, PING, PONG = 1, 9, 10
AT_ONCE = 32  # handshakes
SUBSCRIBE = b'{"type":"subscribe","feed":"mine"}'
SNAPSHOT = b'"type":"snapshot"'


class Wanted(BaseModel):
    port: int
    headers: dict[str, str]
    count: int
    event: str


class Told(BaseModel):
    at: list[float]  # time.time(), of each client


class Crowd:
    """The clients, as seen by who started them."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def told(self) -> Told:
        return Told.model_validate_json(await self.line())

    async def line(self) -> bytes:
        """Raises RuntimeError where the process has ended."""
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the clients ended with {await self._process.wait()}")
        return line


@asynccontextmanager
async def listening(wanted: Wanted) -> AsyncIterator[Crowd]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.listeners"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 24,
    )
    assert process.stdin is not None
    try:
        process.stdin.write(wanted.model_dump_json().encode() + b"\n")
        crowd = Crowd(process)
        await crowd.line()
        yield crowd
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Listener(asyncio.Protocol):
    def __init__(self, handshake: bytes, event: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.told: asyncio.Future[float] = loop.create_future()
        self._handshake, self._event = handshake, event
        self._buffer = b""
        self._is_open = False
        self._transport: Any  # uvloop's own kind

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._handshake)

    def connection_lost(self, error: Exception | None) -> None:
        for waited in (self.ready, self.told):
            if not waited.done():
                waited.set_exception(ConnectionError(f"closed: {self._buffer[:300]!r}"))

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        if not self._is_open and not self._open():
            return
        for opcode, payload in self._frames():
            self._see(opcode, payload, now)

    def _open(self) -> bool:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return False
        if b" 101 " not in head:
            self._transport.close()
            return False
        self._is_open, self._buffer = True, rest
        self._transport.write(frame(TEXT, SUBSCRIBE))
        return True

    def _see(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == PING:
            self._transport.write(frame(PONG, payload))
        elif SNAPSHOT in payload and not self.ready.done():
            self.ready.set_result(None)
        elif self._event in payload and not self.told.done():
            self.told.set_result(now)

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """A server's: never masked, and never in pieces from this one."""
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self._buffer[2:10], "big"), 10
            if len(self._buffer) < start + size:
                return
            yield self._buffer[0] & 15, self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]


def frame(opcode: int, payload: bytes) -> bytes:
    """A client's, masked with zeros."""
    if len(payload) > 125:
        raise ValueError("this client says little")
    return struct.pack("!BB4x", 0x80 | opcode, 0x80 | len(payload)) + payload


async def listen(wanted: Wanted) -> None:
    clients: list[Listener] = []
    turns = asyncio.Semaphore(AT_ONCE)

    async def join() -> None:
        async with turns:
            _, client = await asyncio.get_running_loop().create_connection(
                lambda: Listener(_handshake(wanted), wanted.event.encode()),
                "127.0.0.1",
                wanted.port,
            )
            clients.append(client)
            await client.ready

    async with asyncio.TaskGroup() as joining:
        for _ in range(wanted.count):
            joining.create_task(join())
    _print('"ready"')
    told = await asyncio.gather(*(client.told for client in clients))
    _print(Told(at=told).model_dump_json())


def _handshake(wanted: Wanted) -> bytes:
    headers = {
        "host": f"127.0.0.1:{wanted.port}",
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(os.urandom(16)).decode(),
        **wanted.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {PATH} HTTP/1.1\r\n{lines}\r\n".encode()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(listen(Wanted.model_validate_json(sys.stdin.readline())))
