"""Positions: with the snapshot first, then those that changed."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from shared.bus.in_process import InProcessBus
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job
from tests.factories import Token, make_job
from tests.integration.notifier.live import Client, Story, client, notifier


@pytest.fixture
async def port(sessions: Sessions, bus: InProcessBus) -> AsyncIterator[int]:
    async with notifier(sessions, bus, queue_seconds=0.05) as port:
        await bus.until_connected()
        yield port


async def send_to_the_back(sessions: Sessions, job: Job) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(Job).where(Job.id == job.id).values(priority=-10))


async def test_the_snapshot_has_the_positions(
    one: Client, token: Token, sessions: Sessions
) -> None:
    first, second = [await make_job(sessions, token.user) for _ in range(2)]

    snapshot = await one.subscribe()

    positions = {job["id"]: job["queue_position"] for job in snapshot["jobs"]}
    assert positions == {str(first.id): 1, str(second.id): 2}
    assert snapshot["jobs"][0]["waiting_for"]["kind"] == "worker"


async def test_a_position_that_changes_is_told(
    one: Client, token: Token, sessions: Sessions
) -> None:
    first, second, third = [await make_job(sessions, token.user) for _ in range(3)]
    await one.subscribe()

    await send_to_the_back(sessions, first)

    told = await one.hear_until("queue")
    assert told == {
        "type": "queue",
        "waiting": 3,
        "positions": {str(second.id): 1, str(third.id): 2, str(first.id): 3},
    }


async def test_a_new_job_is_told_its_position(
    one: Client, token: Token, stranger: Token, story: Story, sessions: Sessions
) -> None:
    await make_job(sessions, stranger.user)
    await one.subscribe()

    job = await make_job(sessions, token.user)

    told = await one.hear_until("queue")
    assert (told["waiting"], list(told["positions"])) == (2, [str(job.id)])


async def test_only_the_subscribed_jobs_are_told(
    port: int, token: Token, stranger: Token, sessions: Sessions
) -> None:
    first, _, third = [await make_job(sessions, token.user) for _ in range(3)]
    async with client(port, token) as named, client(port, stranger) as foreign:
        await named.subscribe(third.id)
        await foreign.subscribe()

        await send_to_the_back(sessions, first)

        told = await named.hear_until("queue")
        assert told["positions"] == {str(third.id): 2}
        assert [frame for frame in await foreign.hear_out() if frame["type"] == "queue"] == []


async def test_where_nothing_changed_nothing_is_told(
    one: Client, token: Token, sessions: Sessions
) -> None:
    await make_job(sessions, token.user)
    await one.subscribe()

    later = await make_job(sessions, token.user)
    told = await one.hear_until("queue")

    assert list(told["positions"]) == [str(later.id)]
