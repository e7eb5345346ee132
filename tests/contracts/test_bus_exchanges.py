"""The exchanges: made by whoever comes first, where the broker did not come with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiormq
import pytest
from aiormq.abc import AbstractConnection

from shared.bus.amqp_queues import EXCHANGES, declare_exchanges


@pytest.fixture
async def connection(amqp_url: str) -> AsyncIterator[AbstractConnection]:
    async with aiormq.connect(amqp_url) as connection:
        yield connection


async def all_are_there(connection: AbstractConnection) -> bool:
    """Of the right kind: declaring one again is refused where it is of another."""
    channel = await connection.channel()
    for name, kind in EXCHANGES.items():
        await channel.exchange_declare(name, exchange_type=kind, passive=True)
        await channel.exchange_declare(name, exchange_type=kind, durable=True)
    return True


async def test_all_are_made_where_none_is(connection: AbstractConnection) -> None:
    await declare_exchanges(connection)

    assert await all_are_there(connection)


@pytest.mark.parametrize("missing", EXCHANGES)
async def test_one_is_made_where_it_alone_is_missing(
    connection: AbstractConnection, missing: str
) -> None:
    channel = await connection.channel()
    for name, kind in EXCHANGES.items():
        if name != missing:
            await channel.exchange_declare(name, exchange_type=kind, durable=True)

    await declare_exchanges(connection)

    assert await all_are_there(connection)


async def test_of_many_that_come_first_at_one_time_each_finds_or_makes_them(amqp_url: str) -> None:
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(aiormq.connect(amqp_url)) for _ in range(8)]

        await asyncio.gather(*(declare_exchanges(connection) for connection in connections))

        assert await all_are_there(connections[0])
