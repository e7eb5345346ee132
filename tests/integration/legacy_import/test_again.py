"""An import that is repeated, killed and repeated, or meets others at work."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import delete, func, select, text, update

from deploy.legacy_import import reading, source
from deploy.legacy_import.paths import root_of
from deploy.legacy_import.requeue import requeued
from deploy.legacy_import.target import ImportUnderWay, OtherDatabase, alone
from services.content.thumbnails import make_thumbnails
from shared.db.engine import Sessions
from shared.db.importing import IMPORT_LOCK
from shared.db.tables import ContentItem, ContentThumbnail, Job, JobEvent, OutboxRow
from shared.failpoints import Killed, killing_at
from shared.workflows.load import load_workflows
from tests.infrastructure.waiting import until
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import BEGAN, LegacyDatabase, MakeLegacy


@pytest.fixture
async def legacy(make_legacy: MakeLegacy) -> LegacyDatabase:
    legacy = await make_legacy("B")
    await legacy.user("anna")
    return legacy


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ROWS_AT_ONCE", 3)
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 3)


async def all_rows(sessions: Sessions) -> dict[str, list[tuple[Any, ...]]]:
    """Of what an import writes, but for ids that are drawn anew each time."""
    drawn = {"search", "id", "content_id", "storage_key"}
    told = {}
    async with sessions.begin() as session:
        for table in (Job, JobEvent, ContentItem):
            columns = [one for one in table.__table__.c if one.name not in drawn]
            rows = await session.execute(select(*columns))
            told[table.__tablename__] = sorted((tuple(row) for row in rows), key=repr)
    return told


async def fill(legacy: LegacyDatabase, home: Home) -> None:
    """A bit of everything, in more than one batch."""
    for n in range(1, 6):
        home.image(f"{n}.png", seed=n)
        await legacy.item(n, f"{OLD}/{n}.png", tags=["a"])
        await legacy.item(n, f"{OLD}/auto{n}.png", auto=True)
        await legacy.job(n, link=n if n < 5 else None, params={"sampler_params": {"seed": n}})
    await legacy.job(6, status="pending")
    await legacy.request(1, batch_size=2, output_paths=[f"{OLD}/1.png", f"{OLD}/r.png"])
    await legacy.request(2, status="failed", error_message="no")


async def test_a_second_import_adds_nothing(legacy: LegacyDatabase, home: Home) -> None:
    await fill(legacy, home)
    first = await home.bring(legacy)
    before = await all_rows(home.sessions)

    second = await home.bring(legacy)

    assert await all_rows(home.sessions) == before
    assert (second.users.written, second.jobs.written, second.items.written) == (0, 0, 0)
    assert second.jobs.already == first.jobs.written
    assert second.missing_files == first.missing_files
    assert second.lost == first.lost


@pytest.mark.parametrize(
    "place",
    ["import.users_written"]
    + [f"import.{what}.{n}" for what in ("files_copied", "batch_written") for n in (1, 3)],
)
async def test_killed_anywhere_and_repeated_it_ends_as_if_never_killed(
    place: str, legacy: LegacyDatabase, home: Home, small_batches: None, tmp_path: Path
) -> None:
    await fill(legacy, home)

    with killing_at(place), pytest.raises(Killed):
        await home.bring(legacy)
    halfway = await home.jobs(), await home.items()
    assert {job.content_id for job in halfway[0].values() if job.content_id} == {
        item.id for item in halfway[1].values()
    }
    report = await home.bring(legacy)

    assert (report.jobs.read, len(await home.jobs())) == (8, 8 + report.jobs.made)
    stored = {str(path.relative_to(tmp_path / "media")) for path in files_in(tmp_path / "media")}
    items = (await home.items()).values()
    assert stored == {item.storage_key for item in items if not item.file_missing}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]


async def test_files_that_were_missing_come_with_a_later_import(
    legacy: LegacyDatabase, home: Home, tmp_path: Path
) -> None:
    data = home.image("1.png")
    await legacy.item(1, f"{OLD}/1.png")
    (tmp_path / "wrong").mkdir()
    await home.bring(legacy, roots=[root_of(f"{OLD}={tmp_path / 'wrong'}")])

    report = await home.bring(legacy)

    item = (await home.items())["content_items", 1]
    assert (report.files_found, report.missing_files, report.items.written) == (1, [], 0)
    assert (item.file_missing, item.width, item.version) == (False, 64, 2)
    assert await home.media.get(item.storage_key) == data


async def test_what_its_owner_removed_stays_removed(legacy: LegacyDatabase, home: Home) -> None:
    home.image("1.png")
    await legacy.item(1, f"{OLD}/1.png")
    await legacy.item(2, f"{OLD}/gone.png")
    await legacy.job(1, link=1)
    await home.bring(legacy)
    async with home.sessions.begin() as session:
        await session.execute(delete(Job).where(Job.legacy_table == "generation_jobs"))
        await session.execute(update(ContentItem).where(ContentItem.id == 1).values(job_id=None))
        await session.execute(
            update(ContentItem).where(ContentItem.id == 2).values(deleted_at=func.now())
        )

    report = await home.bring(legacy)

    assert (report.jobs.written, report.items.written, report.missing_files) == (0, 0, [])
    assert set(await home.jobs()) == {("content_items", 2)}


async def test_what_ended_between_two_imports_comes_with_the_second(
    legacy: LegacyDatabase, home: Home
) -> None:
    await legacy.request(1, status="processing")
    await legacy.job(1, status="running")
    await home.bring(legacy)
    for n in (1, 2, 3):
        home.image(f"{n}.png", seed=n)
    await legacy.item(1, f"{OLD}/1.png")
    await legacy.run(
        "UPDATE generation_jobs SET status = 'completed', result_content_id = 1;"
        " UPDATE comfyui_generation_requests SET status = 'completed',"
        f""" output_paths = '["{OLD}/2.png", "{OLD}/3.png"]'"""
    )

    report = await home.bring(legacy)
    third = await home.bring(legacy)

    jobs, items = await home.jobs(), await home.items()
    assert (report.items.written, len(items), third.items.written) == (3, 3, 0)
    assert jobs["generation_jobs", 1].status == "failed"
    assert items["content_items", 1].job_id == jobs["content_items", 1].id
    assert {item.job_id for item in items.values()} == {
        job.id for job in jobs.values() if job.status == "completed"
    }


async def test_another_legacy_database_is_refused(
    make_legacy: MakeLegacy, legacy: LegacyDatabase, home: Home
) -> None:
    await fill(legacy, home)
    await home.bring(legacy)
    before = await all_rows(home.sessions)

    stranger = await make_legacy("B")
    await stranger.user("zoe", id=stranger.user_id)
    await stranger.job(9)
    with pytest.raises(OtherDatabase, match="another legacy database"):
        await home.bring(stranger)
    twin = await make_legacy("B")
    twin.user_id = legacy.user_id
    await twin.user("anna")
    await twin.job(1, created_at=BEGAN - timedelta(days=1))
    with pytest.raises(OtherDatabase, match="generation_jobs 1 was imported from another"):
        await home.bring(twin)

    assert await all_rows(home.sessions) == before


async def test_of_two_imports_at_once_one_waits_for_another_day(
    legacy: LegacyDatabase, home: Home
) -> None:
    async with alone(home.sessions):
        with pytest.raises(ImportUnderWay):
            await home.bring(legacy)
    await home.bring(legacy)


async def test_when_its_lock_is_lost_a_second_import_still_writes_nothing_twice(
    legacy: LegacyDatabase, home: Home, small_batches: None
) -> None:
    await fill(legacy, home)
    first = asyncio.create_task(home.bring(legacy))
    await until(lambda: end_lock_holder(home.sessions))
    reports = await asyncio.gather(first, home.bring(legacy))

    assert len(await home.jobs()) == sum(one.jobs.written for one in reports)
    assert len(await home.items()) == sum(one.items.written for one in reports)


async def end_lock_holder(sessions: Sessions) -> bool:
    """The connection is cut, as when the network fails."""
    async with sessions.begin() as session:
        ended = await session.scalar(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                " AND (classid::bigint << 32) + objid::bigint = :key"
            ),
            {"key": IMPORT_LOCK},
        )
    return bool(ended)


async def test_thumbnails_are_made_by_the_content_service(
    legacy: LegacyDatabase, home: Home
) -> None:
    home.image("1.png")
    await legacy.item(1, f"{OLD}/1.png")
    await home.bring(legacy)
    assert await make_thumbnails(1, sessions=home.sessions, media=home.media)
    async with home.sessions.begin() as session:
        assert await session.scalar(select(func.count()).select_from(ContentThumbnail)) == 3


async def test_pending_jobs_are_queued_again_on_request(legacy: LegacyDatabase, home: Home) -> None:
    await legacy.job(1, status="pending", params={"checkpoint_model": "a.safetensors"})
    await legacy.job(2, status="pending", params={"width": 7, "checkpoint_model": "a"})
    await legacy.job(3, status="running", params={"checkpoint_model": "a.safetensors"})
    await legacy.request(4, status="pending", batch_size=4)
    workflows = load_workflows()

    await home.bring(legacy, requeue=lambda job: requeued(job, workflows, lambda: 11))

    jobs = await home.jobs()
    first = jobs["generation_jobs", 1]
    assert (first.status, first.attempt, first.params["workflow"], first.params["seed"]) == (
        "pending", 1, "text_to_image", 11,
    )  # fmt: skip
    assert "checkpoints:a.safetensors" in first.needs
    assert jobs["comfyui_generation_requests", 4].warnings == [
        "the older request wanted 4 images; this is one of them"
    ]
    assert {jobs["generation_jobs", n].status for n in (2, 3)} == {"failed"}
    assert "width" in (jobs["generation_jobs", 2].error or {})["message"]
    async with home.sessions.begin() as session:
        told = (await session.scalars(select(OutboxRow.job_id))).all()
    assert set(told) == {job.id for job in jobs.values() if job.status == "pending"}


async def test_the_legacy_database_is_only_read(legacy: LegacyDatabase, home: Home) -> None:
    await fill(legacy, home)
    written = await legacy.connection.fetchval(_WRITTEN)
    await home.bring(legacy)
    reader = await asyncpg.connect(legacy.url)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await reader.execute("DELETE FROM users")
    await reader.close()
    assert await legacy.connection.fetchval(_WRITTEN) == written


_WRITTEN = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables"
