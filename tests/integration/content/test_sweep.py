"""The sweeper removes what nobody needs, and nothing else."""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from services.content.sweep import SWEEP_LOCK, Sweeper, Swept
from services.content.thumbnails import make_thumbnails
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, ContentThumbnail, Job
from shared.failpoints import Killed, killing_at
from shared.jobs import JobId, JobStatus
from shared.media import MediaStore, StoreUnavailable, output_key, thumbnail_key
from tests.factories import make_content, make_job
from tests.infrastructure.waiting import until
from tests.unit.content.pictures import picture

HOUR = timedelta(hours=1)
PNG = "image/png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def sweeper(sessions: Sessions, media: MediaStore) -> Sweeper:
    return Sweeper(sessions, media, minimum_age=HOUR)


async def store(media: MediaStore, folder: Path, key: str, *, hours_old: float = 2) -> str:
    await media.put(key, picture(), mime_type=PNG)
    age(folder / key, hours_old=hours_old)
    return key


def age(path: Path, *, hours_old: float) -> None:
    then = time.time() - hours_old * 3600
    os.utime(path, (then, then))


def key_of(job: Job, *, attempt: int = 1) -> str:
    return output_key(JobId(job.id), attempt, "ab" * 32, "png")


async def left(media: MediaStore) -> set[str]:
    return {
        info.key
        for prefix in ("jobs", "thumbnails", "probe", "other")
        async for info in media.listing(prefix)
    }


async def make_deleted(sessions: Sessions, media: MediaStore, **columns: Any) -> ContentItem:
    """With its file and thumbnails, as it was until a moment ago."""
    data = picture()
    item = await make_content(sessions, data=data, tags=["door"], **columns)
    await media.put(item.storage_key, data, mime_type=PNG)
    await make_thumbnails(item.id, sessions=sessions, media=media)
    async with transaction(sessions) as session:
        (await session.get_one(ContentItem, item.id)).deleted_at = func.now()
    return item


async def get_item(sessions: Sessions, content_id: int) -> ContentItem:
    async with transaction(sessions) as session:
        return await session.get_one(ContentItem, content_id)


async def test_files_of_jobs_that_came_to_nothing_are_removed(
    sessions: Sessions, media: MediaStore, folder: Path, sweeper: Sweeper
) -> None:
    for status in (JobStatus.CANCELLED, JobStatus.FAILED):
        await store(media, folder, key_of(await make_job(sessions, status=status)))
    completed = await make_job(sessions, status=JobStatus.COMPLETED, attempt=2)
    await store(media, folder, key_of(completed, attempt=1))
    gone = "jobs/0198c0de-0000-7000-8000-00000000dead/1/" + "00" * 32 + ".png"
    await store(media, folder, gone)

    assert await sweeper.sweep() == Swept(items=0, orphans=4)

    assert await left(media) == set()


async def test_files_that_are_or_may_be_needed_stay(
    sessions: Sessions, media: MediaStore, folder: Path, sweeper: Sweeper
) -> None:
    unfinished = [
        await make_job(sessions, status=status) for status in (JobStatus.PENDING, JobStatus.RUNNING)
    ]
    cancelled = await make_job(sessions, status=JobStatus.CANCELLED)
    removed_job = await make_job(sessions, status=JobStatus.FAILED)
    item = await make_content(sessions)
    of_removed_job = await make_content(sessions, storage_key=key_of(removed_job))
    kept = {
        *[await store(media, folder, key_of(job)) for job in unfinished],
        await store(media, folder, key_of(cancelled), hours_old=0.9),
        await store(media, folder, item.storage_key),
        await store(media, folder, of_removed_job.storage_key),
        await store(media, folder, thumbnail_key(item.id, "small")),
        await store(media, folder, "jobs/not-one-of-ours.png"),
        await store(media, folder, "other/file.png"),
    }

    assert await sweeper.sweep() == Swept(items=0, orphans=0)

    assert await left(media) == kept


async def test_thumbnails_without_an_item_and_forgotten_test_writes_are_removed(
    sessions: Sessions, media: MediaStore, folder: Path, sweeper: Sweeper
) -> None:
    deleted = await make_content(sessions, deleted_at=func.now(), files_removed_at=func.now())
    await store(media, folder, thumbnail_key(deleted.id, "small"))
    await store(media, folder, thumbnail_key(999_999, "small"))
    await store(media, folder, "probe/0123")

    await sweeper.sweep()

    assert await left(media) == set()


async def test_a_deleted_item_loses_its_files_and_then_its_words(
    sessions: Sessions, media: MediaStore, sweeper: Sweeper
) -> None:
    item = await make_deleted(sessions, media, negative_prompt="blue")
    assert len(await left(media)) == 4

    assert await sweeper.sweep() == Swept(items=1, orphans=0)

    assert await left(media) == set()
    emptied = await get_item(sessions, item.id)
    assert (emptied.title, emptied.prompt, emptied.negative_prompt) == ("", "", "")
    assert (emptied.params, emptied.tags) == ({}, [])
    assert emptied.files_removed_at is not None
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(ContentThumbnail)) == 0
    assert await sweeper.sweep() == Swept(items=0, orphans=0)


async def test_a_file_that_another_item_shows_too_stays(
    sessions: Sessions, media: MediaStore, sweeper: Sweeper
) -> None:
    item = await make_deleted(sessions, media)
    await make_content(sessions, storage_key=item.storage_key)

    await sweeper.sweep()

    assert await left(media) == {item.storage_key}


@pytest.mark.parametrize("step", ["content.files_removed", "content.item_emptied"])
async def test_killed_between_two_steps_a_deletion_is_finished_by_the_next_sweep(
    sessions: Sessions, media: MediaStore, sweeper: Sweeper, step: str
) -> None:
    item = await make_deleted(sessions, media)

    with killing_at(step), pytest.raises(Killed):
        await sweeper.sweep()
    assert await sweeper.sweep() == Swept(items=1, orphans=0)

    assert await left(media) == set()
    assert (await get_item(sessions, item.id)).files_removed_at is not None


async def test_only_one_sweeps_at_a_time(
    sessions: Sessions, media: MediaStore, sweeper: Sweeper
) -> None:
    item = await make_deleted(sessions, media)

    async with sessions() as other:
        await other.execute(text(f"SELECT pg_advisory_lock({SWEEP_LOCK})"))
        assert await sweeper.sweep() is None
        assert (await get_item(sessions, item.id)).files_removed_at is None
        await other.execute(text(f"SELECT pg_advisory_unlock({SWEEP_LOCK})"))

    assert await sweeper.sweep() == Swept(items=1, orphans=0)
    assert await sweeper.sweep() is not None


async def test_while_the_store_is_away_nothing_counts_as_removed(
    sessions: Sessions, media: MediaStore, folder: Path, sweeper: Sweeper
) -> None:
    item = await make_deleted(sessions, media)
    volume = folder.with_name("volume")
    await asyncio.to_thread(folder.rename, volume)

    with pytest.raises(StoreUnavailable):
        await sweeper.sweep()

    assert (await get_item(sessions, item.id)).files_removed_at is None
    await asyncio.to_thread(volume.rename, folder)
    assert await sweeper.sweep() == Swept(items=1, orphans=0)


async def test_it_sweeps_at_the_start_and_when_asked(sessions: Sessions, media: MediaStore) -> None:
    sweeper = Sweeper(sessions, media, minimum_age=HOUR, pause=timedelta(0))
    first = await make_deleted(sessions, media)
    stop = asyncio.Event()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sweeper.repeat(HOUR, stop))
        await until(lambda: is_emptied(sessions, first.id))
        second = await make_deleted(sessions, media)
        sweeper.ask()
        await until(lambda: is_emptied(sessions, second.id))
        stop.set()


async def is_emptied(sessions: Sessions, content_id: int) -> bool:
    return (await get_item(sessions, content_id)).files_removed_at is not None
