"""Statements that run on asyncpg itself keep what sessions promise."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB

from deploy.standalone.postgres import EmbeddedPostgres
from shared.db.engine import (
    DatabaseUnavailable,
    Sessions,
    open_engine,
    session_factory,
    transaction,
)
from shared.db.outbox import announce_in
from shared.db.quick import Quick, Statement, quick, quick_transaction
from shared.db.tables import OutboxRow
from shared.jobs import JobId
from shared.messages import JobDeleted
from tests.factories import make_job
from tests.infrastructure.waiting import until

Use = Callable[[Sessions], AbstractAsyncContextManager[Quick]]

SAID = Statement(text("SELECT :said AS said").bindparams(bindparam("said", type_=JSONB())))
END_WHEN_IDLE = Statement(
    text("SELECT set_config('idle_in_transaction_session_timeout', '50ms', true)")
)
SLOW = Statement(text("SELECT pg_sleep(60)"))
WRONG = Statement(text("SELECT 1 / CAST(:zero AS int)"))
IN_TRANSACTION = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
)
SLEEPERS = text("SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
END_IT = text("SELECT pg_terminate_backend(:pid)")


async def rows(sessions: Sessions) -> int:
    async with transaction(sessions) as session:
        return len((await session.scalars(select(OutboxRow.id))).all())


@pytest.mark.parametrize("value", [None, {"a": [1, "é", None]}, [], "text", 0])
async def test_json_comes_back_as_it_went(sessions: Sessions, value: object) -> None:
    async with quick(sessions) as database:
        (row,) = await database.fetch(SAID, {"said": value})
    assert row["said"] == value


async def test_a_transaction_that_fails_writes_nothing_and_leaves_nothing_open(
    sessions: Sessions,
) -> None:
    job = await make_job(sessions)

    async def work() -> None:
        async with quick_transaction(sessions) as database:
            await announce_in(database, JobDeleted(user_id=job.user_id, job_id=JobId(job.id)))
            await database.fetch(WRONG, {"zero": 0})

    with pytest.raises(asyncpg.DivisionByZeroError):
        await work()

    assert await rows(sessions) == 0
    async with transaction(sessions) as session:
        assert await session.scalar(IN_TRANSACTION) == 0


async def test_who_is_cancelled_in_the_middle_leaves_nothing_behind_for_the_next(
    sessions: Sessions,
) -> None:
    async def work() -> None:
        async with quick_transaction(sessions) as database:
            await database.fetch(SLOW)

    for _ in range(8):  # more than the pool has connections
        working = asyncio.create_task(work())
        await until(lambda: sleeper(sessions))
        working.cancel()
        await asyncio.wait({working})
        assert working.cancelled()

    async with quick(sessions) as database:
        assert len(await database.fetch(SAID, {"said": 1})) == 1
    async with transaction(sessions) as session:
        assert await session.scalar(IN_TRANSACTION) == 0


async def test_a_lost_connection_is_an_outage_and_the_next_one_is_another(
    sessions: Sessions,
) -> None:
    async def sleep() -> None:
        async with quick(sessions) as database:
            await database.fetch(SLOW)

    sleeping = asyncio.create_task(sleep())
    pid = await until(lambda: sleeper(sessions))
    async with transaction(sessions) as session:
        await session.execute(END_IT, {"pid": pid})

    with pytest.raises(DatabaseUnavailable):
        await sleeping
    async with quick(sessions) as database:
        assert len(await database.fetch(SAID, {"said": 1})) == 1


async def test_a_transaction_that_the_server_ended_while_we_were_frozen_is_an_outage(
    sessions: Sessions,
) -> None:
    async def work() -> None:
        async with quick_transaction(sessions) as database:
            await database.fetch(END_WHEN_IDLE)
            time.sleep(0.5)  # noqa: ASYNC251 - frozen is what we are

    with pytest.raises(DatabaseUnavailable):
        await work()
    async with quick(sessions) as database:
        assert len(await database.fetch(SAID, {"said": 1})) == 1


@pytest.mark.parametrize("use", [quick, quick_transaction])
async def test_a_database_that_takes_no_connection_is_an_outage(
    postgres_server: EmbeddedPostgres, use: Use
) -> None:
    engine = open_engine(postgres_server.url("nowhere"), process="tests")
    with pytest.raises(DatabaseUnavailable):
        async with use(session_factory(engine)):
            pass
    await engine.dispose()


async def test_an_argument_that_does_not_fit_is_no_outage(sessions: Sessions) -> None:
    with pytest.raises(asyncpg.DataError):
        async with quick(sessions) as database:
            await database.fetch(WRONG, {"zero": 2**40})


async def sleeper(sessions: Sessions) -> int | None:
    async with transaction(sessions) as session:
        pid: int | None = await session.scalar(SLEEPERS)
        return pid
