"""The wire between client and server really breaks, and really heals."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import asyncpg
import pytest
from yarl import URL

from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until


class Echo:
    def __init__(self) -> None:
        self.port = 0
        self.heard = b""
        self.clients = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        with contextlib.suppress(OSError):
            while data := await reader.read(100):
                self.heard += data
                writer.write(data)
                await writer.drain()
        writer.close()
        self.clients -= 1


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    echo.port = server.sockets[0].getsockname()[1]
    yield echo
    server.close()
    await until(lambda: echo.clients == 0)


@asynccontextmanager
async def connected(
    wire: TcpProxy,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def test_a_whole_wire_carries_bytes_both_ways_and_the_end(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire, connected(wire) as (reader, writer):
        writer.write(b"x" * 500_000)
        writer.write_eof()

        async with asyncio.timeout(10):
            assert await reader.read(-1) == b"x" * 500_000
        await until(lambda: wire.open_links == 0)


async def test_a_cut_wire_resets_connections_and_refuses_new_ones(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire, connected(wire) as (reader, writer):
        writer.write(b"a")
        assert await reader.readexactly(1) == b"a"

        await wire.cut()

        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        await until(lambda: echo.clients == 0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", wire.port)


async def test_a_healed_wire_takes_connections_at_the_same_port(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire:
        for _ in range(3):
            await wire.cut()
            await wire.heal()

        async with connected(wire) as (reader, writer):
            writer.write(b"a")
            async with asyncio.timeout(10):
                assert await reader.readexactly(1) == b"a"


async def test_a_frozen_wire_delivers_nothing_until_it_is_healed(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire, connected(wire) as (reader, writer):
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"

        wire.freeze()
        writer.write(b"after")
        with pytest.raises(TimeoutError):
            await until(lambda: echo.heard != b"before", within=0.3)

        await wire.heal()
        async with asyncio.timeout(10):
            assert await reader.readexactly(5) == b"after"
        assert echo.heard == b"beforeafter"


async def test_a_frozen_wire_does_not_even_tell_that_the_client_has_gone(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire:
        async with connected(wire) as (reader, writer):
            writer.write(b"a")
            assert await reader.readexactly(1) == b"a"
            wire.freeze()

        with pytest.raises(TimeoutError):
            await until(lambda: echo.clients == 0, within=0.3)

        await wire.heal()
        await until(lambda: echo.clients == 0)


async def test_a_frozen_wire_can_be_cut(echo: Echo) -> None:
    async with TcpProxy(echo.port) as wire, connected(wire) as (reader, _):
        wire.freeze()
        await until(lambda: wire.open_links == 1)

        await wire.cut()

        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)


async def test_a_database_connection_breaks_with_its_wire(database_tcp_url: str) -> None:
    direct = URL(database_tcp_url.replace("+asyncpg", ""))
    assert direct.port is not None
    async with TcpProxy(direct.port) as wire:
        connection = await asyncpg.connect(str(direct.with_port(wire.port)))
        assert await connection.fetchval("SELECT 1") == 1

        await wire.cut()
        with pytest.raises((OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)):
            await connection.fetchval("SELECT 1")

        await wire.heal()
        again = await asyncpg.connect(str(direct.with_port(wire.port)))
        assert await again.fetchval("SELECT 1") == 1
        await again.close()


async def test_a_broker_connection_breaks_with_its_wire(amqp_url: str) -> None:
    direct = URL(amqp_url)
    assert direct.port is not None
    async with TcpProxy(direct.port) as wire:
        connection = await aio_pika.connect(direct.with_port(wire.port))
        closed = asyncio.Event()
        connection.close_callbacks.add(lambda *_: closed.set())

        await wire.cut()

        async with asyncio.timeout(10):
            await closed.wait()
