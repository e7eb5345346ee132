"""A wire between a client and a server that a test can cut, freeze and heal."""

import asyncio
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class TcpProxy:
    """`async with TcpProxy(port) as wire:` – clients connect to `wire.port`, always the same."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._socket = bound_socket(0)
        self.port: int = self._socket.getsockname()[1]
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self.accepted = 0

    @property
    def open_links(self) -> int:
        return len(self._links)

    async def cut(self) -> None:
        """Reset all connections and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
            # Bound but not listening: it refuses, and nobody else gets the port meanwhile.
            self._socket = bound_socket(self.port)
        links = tuple(self._links)
        for link in links:
            link.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    def freeze(self) -> None:
        """Nothing arrives any more, in either direction, not even that the other side has closed.

        New connections are accepted, as by a kernel with a backlog, and stay silent."""
        self._flowing.clear()

    async def heal(self) -> None:
        """What was sent while frozen arrives now, as TCP sends it again."""
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._link, sock=self._socket)

    async def __aenter__(self) -> Self:
        await self.heal()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.cut()
        self._socket.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        self.accepted += 1
        try:
            await self._join(reader, writer)
        except asyncio.CancelledError:
            reset(writer)  # cut; raised again it would be logged as an error
        finally:
            writer.close()
            self._links.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flowing.wait()
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
            try:
                await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
            except asyncio.CancelledError:
                reset(back)
                raise
            finally:
                back.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                await self._flowing.wait()
                sink.write(data)
                await sink.drain()
            await self._flowing.wait()
        with suppress(OSError):
            sink.write_eof()


def bound_socket(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def reset(writer: asyncio.StreamWriter) -> None:
    open_socket = writer.get_extra_info("socket")
    with suppress(OSError):
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    writer.transport.abort()
