"""NOTIFY between dispatchers, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.dispatcher.wake import Wake, listen
from shared.db.engine import Sessions
from shared.db.outbox import nudge


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[Wake]:
    wake, stop = Wake(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(url, wake, test_every=10, stop=stop))
        async with asyncio.timeout(10):
            await wake.relay.rung.wait()  # it looks once it listens
        wake.relay.answer()
        yield wake
        stop.set()


async def test_one_is_woken_by_what_another_tells_and_not_by_itself(database_url: str) -> None:
    async with listening(database_url) as one, listening(database_url) as other:
        async with asyncio.timeout(10):
            await one.relay.rung.wait()  # by the other's test of its connection
            one.relay.answer()
            one.others.set()
            await other.relay.rung.wait()
        assert not one.relay.rung.is_set()


async def test_a_nudge_of_the_gateway_wakes_them_all(database_url: str, sessions: Sessions) -> None:
    async with listening(database_url) as one, listening(database_url) as other:
        await nudge(sessions)
        async with asyncio.timeout(10):
            await one.relay.rung.wait()
            await other.relay.rung.wait()
