"""While the database or the store is away content keeps the output, and goes on by itself after."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.engine import make_url

from services.content.service import run
from services.content.settings import Settings
from shared.bus.base import Bus
from shared.bus.in_process import InProcessBus
from shared.db.engine import Sessions, open_engine, session_factory, transaction
from shared.db.tables import ContentItem, DeadLetter, Job
from shared.jobs import JobStatus
from shared.media import MediaStore, open_media
from tests.factories import make_job
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until
from tests.integration.content.outputs import deliver, stored_output

OUTAGE_SECONDS = 2.5  # more than the first pause


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def media(folder: Path) -> MediaStore:
    return open_media(str(folder))


@pytest.fixture
async def bus() -> AsyncIterator[InProcessBus]:
    async with InProcessBus() as bus:
        yield bus


@asynccontextmanager
async def serving(sessions: Sessions, bus: Bus, media: MediaStore) -> AsyncIterator[None]:
    settings = Settings(
        database_url=SecretStr("given"),
        amqp_url=SecretStr("given"),
        sweep_interval=timedelta(hours=1),
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run(settings, sessions=sessions, bus=bus, media=media, stop=stop))
        yield
        stop.set()


async def statuses(sessions: Sessions, jobs: list[Job]) -> set[JobStatus]:
    async with transaction(sessions) as session:
        ids = [job.id for job in jobs]
        return set(await session.scalars(select(Job.status).where(Job.id.in_(ids))))


async def all_completed(sessions: Sessions, jobs: list[Job]) -> bool:
    return await statuses(sessions, jobs) == {JobStatus.COMPLETED}


async def test_outputs_wait_for_a_database_that_is_away(
    sessions: Sessions, database_tcp_url: str, bus: InProcessBus, media: MediaStore
) -> None:
    jobs = [await make_job(sessions, status=JobStatus.RUNNING) for _ in range(10)]
    address = make_url(database_tcp_url)
    assert address.port is not None
    async with TcpProxy(address.port) as wire:
        through = open_engine(
            address.set(port=wire.port).render_as_string(hide_password=False), process="content"
        )
        async with serving(session_factory(through), bus, media):
            await wire.cut()
            for job in jobs:
                await deliver(bus, await stored_output(media, job.id))
            await for_a_while()
            assert await statuses(sessions, jobs) == {JobStatus.RUNNING}
            await wire.heal()
            await until(lambda: all_completed(sessions, jobs), within=60)
        await through.dispose()

    await nothing_was_lost_or_doubled(sessions, jobs)


async def test_outputs_wait_for_a_store_that_is_away(
    sessions: Sessions, bus: InProcessBus, media: MediaStore, folder: Path
) -> None:
    jobs = [await make_job(sessions, status=JobStatus.RUNNING) for _ in range(10)]
    outputs = [await stored_output(media, job.id) for job in jobs]
    volume = folder.with_name("volume")
    await asyncio.to_thread(folder.rename, volume)
    async with serving(sessions, bus, media):
        for output in outputs:
            await deliver(bus, output)
        await for_a_while()
        assert await statuses(sessions, jobs) == {JobStatus.RUNNING}
        await asyncio.to_thread(volume.rename, folder)
        await until(lambda: all_completed(sessions, jobs), within=60)

    await nothing_was_lost_or_doubled(sessions, jobs)


async def for_a_while() -> None:
    end = time.monotonic() + OUTAGE_SECONDS
    await until(lambda: time.monotonic() > end, within=60)


async def nothing_was_lost_or_doubled(sessions: Sessions, jobs: list[Job]) -> None:
    async with transaction(sessions) as session:
        items = list(await session.scalars(select(ContentItem.job_id)))
        dead = list(await session.scalars(select(DeadLetter.id)))
    assert sorted(map(str, items)) == sorted(str(job.id) for job in jobs)
    assert dead == []
