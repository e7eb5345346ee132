"""What the dispatcher knows, and does not know, of jobs, workers and the outbox."""

import asyncio

from prometheus_client import generate_latest

from services.dispatcher.metrics import OldestRow, keep_looking, look
from shared.db.engine import Sessions, open_engine, session_factory
from tests.factories import make_job
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until

ROW = b"\ndarkroom_outbox_rows "


async def test_with_nothing_to_do_there_is_nothing_to_be_woken_for(sessions: Sessions) -> None:
    await look(sessions, OldestRow(), now=0.0)

    said = generate_latest().decode()

    for line in (
        'darkroom_jobs_unfinished{status="pending"} 0.0',
        "darkroom_jobs_oldest_pending_seconds 0.0",
        "darkroom_dead_letters_undecided 0.0",
        "darkroom_outbox_oldest_seconds 0.0",
    ):
        assert line in said


async def test_what_waits_for_the_broker_is_as_old_as_it_was_seen_to_wait() -> None:
    oldest = OldestRow()

    assert oldest.age(7, now=100.0) == 0
    assert oldest.age(7, now=130.0) == 30
    assert oldest.age(8, now=145.0) == 0  # 7 has left
    assert oldest.age(None, now=160.0) == 0
    assert oldest.age(8, now=175.0) == 0


async def test_while_the_database_is_away_nothing_is_claimed(sessions: Sessions) -> None:
    await make_job(sessions)
    await look(sessions, OldestRow(), now=0.0)
    assert ROW in generate_latest()
    away = open_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/none", process="test")
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_looking(session_factory(away), every=0.01, stop=stop))
        await until(lambda: ROW not in generate_latest())
        stop.set()
    await away.dispose()
