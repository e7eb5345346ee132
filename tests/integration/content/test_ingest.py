"""Whatever is delivered how often: one item for each job, and only of whole images."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import func, select

from services.content.ingest import MisplacedOutput
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, Job, JobEvent, OutboxRow
from shared.db.views import content_view
from shared.errors import Unavailable
from shared.jobs import JobId, JobStatus
from shared.media import MediaStore
from shared.messages import ContentCreated, Failed, Output
from tests.factories import make_job
from tests.infrastructure.locks import waits_for_lock
from tests.infrastructure.waiting import until
from tests.integration.content.one_service import Content
from tests.integration.content.outputs import report_of, stored_output
from tests.unit.content.pictures import claimed_size, picture, png_with_text


async def items_of(sessions: Sessions, job_id: Any) -> list[ContentItem]:
    async with transaction(sessions) as session:
        found = await session.scalars(select(ContentItem).where(ContentItem.job_id == job_id))
        return list(found)


async def job_now(sessions: Sessions, job_id: Any) -> Job:
    async with transaction(sessions) as session:
        return await session.get_one(Job, job_id)


async def announced(sessions: Sessions) -> list[dict[str, Any] | int | None]:
    async with transaction(sessions) as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [row.body or row.version for row in rows]


async def count(sessions: Sessions, table: type) -> int:
    async with transaction(sessions) as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_stored_image_completes_its_job(content: Content, sessions: Sessions) -> None:
    job = await make_job(
        sessions, status=JobStatus.RUNNING, prompt="a  red\ndoor", tags=["door"], warnings=["w1"]
    )
    data = picture(64, 48)
    output = await stored_output(
        content.media, job.id, data=data, tags=("simulated", "door"), warnings=("w2",)
    )

    await content.take(output)

    (item,) = await items_of(sessions, job.id)
    assert (item.user_id, item.title, item.prompt) == (job.user_id, "a red door", job.prompt)
    assert item.params == {"workflow": "solid_color", "seed": 4711}
    assert item.tags == ["door", "simulated"]
    assert (item.mime_type, item.width, item.height) == ("image/png", 64, 48)
    assert (item.byte_size, item.sha256) == (len(data), output.sha256)
    assert await content.media.get(item.storage_key) == data
    now = await job_now(sessions, job.id)
    assert (now.status, now.content_id, now.progress) == (JobStatus.COMPLETED, item.id, 1)
    assert (now.version, now.warnings) == (3, ["w1", "w2"])
    version, created = await announced(sessions)
    assert version == 3
    assert isinstance(created, dict)
    assert created["type"] == "content.created"
    assert created["user_id"] == str(job.user_id)
    assert created["content"]["image_url"].startswith(f"/api/v1/content-items/{item.id}/image")
    assert content.items == [item.id]


async def test_any_number_of_copies_make_one_item(content: Content, sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    output = await stored_output(content.media, job.id)

    for _ in range(3):
        await content.take(output)

    assert len(await items_of(sessions, job.id)) == 1
    assert await count(sessions, OutboxRow) == 2
    assert len(content.items) == 1
    assert content.refusals == 2
    assert content.bus.published == []


async def test_outputs_in_any_order_from_two_services_make_one_item_a_job(
    content: Content, sessions: Sessions, media: MediaStore
) -> None:
    other = Content(sessions, media)
    some = [await make_job(sessions, status=JobStatus.RUNNING, attempt=3) for _ in range(10)]
    outputs = [
        await stored_output(media, job.id, attempt=attempt, data=picture(seed=attempt))
        for job in some
        for attempt in (1, 2, 3)
    ]
    deliveries = outputs * 3
    random.Random(7).shuffle(deliveries)

    async def deliver(service: Content, to_deliver: list[Output]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for output in to_deliver:
                tasks.create_task(service.take(output))

    await asyncio.gather(deliver(content, deliveries[::2]), deliver(other, deliveries[1::2]))

    for job in some:
        (item,) = await items_of(sessions, job.id)
        assert (await job_now(sessions, job.id)).content_id == item.id
    assert len(content.items + other.items) == await count(sessions, ContentItem) == 10
    assert await count(sessions, OutboxRow) == 20


async def test_an_output_of_an_earlier_attempt_completes_a_job_that_waits_for_the_next(
    content: Content, sessions: Sessions
) -> None:
    job = await make_job(sessions, status=JobStatus.PENDING, attempt=2)
    output = await stored_output(content.media, job.id, attempt=1)

    await content.take(output)

    assert (await job_now(sessions, job.id)).status == JobStatus.COMPLETED


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.COMPLETED])
async def test_a_job_that_is_final_stays_as_it_is(
    content: Content, sessions: Sessions, status: JobStatus
) -> None:
    job = await make_job(sessions, status=status)
    items = await count(sessions, ContentItem)

    await content.take(await stored_output(content.media, job.id))

    now = await job_now(sessions, job.id)
    assert (now.status, now.version, now.content_id) == (status, job.version, job.content_id)
    assert await count(sessions, ContentItem) == items
    assert await count(sessions, OutboxRow) == 0
    assert content.refusals == 1


async def test_a_job_that_was_removed_gets_no_item(content: Content, sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.FAILED)
    async with transaction(sessions) as session:
        await session.delete(await session.get_one(Job, job.id))

    await content.take(await stored_output(content.media, job.id))

    assert await count(sessions, ContentItem) == 0


async def test_of_completion_and_cancellation_at_once_exactly_one_happens(
    content: Content, sessions: Sessions
) -> None:
    for _ in range(10):
        job = await make_job(sessions, status=JobStatus.RUNNING)
        output = await stored_output(content.media, job.id)

        async def cancel(job: Job = job) -> None:
            async with transaction(sessions) as session:
                await jobs.cancel(session, JobId(job.id), user_id=job.user_id)

        await asyncio.gather(content.take(output), cancel())

        now = await job_now(sessions, job.id)
        assert now.version == 3
        assert len(await items_of(sessions, job.id)) == (now.status == JobStatus.COMPLETED)


BAD = {
    "truncated": (picture()[:-200], "torn_image"),
    "empty": (b"", "torn_image"),
    "a bomb": (claimed_size(30_000, 30_000), "bad_image"),
    "no image": (b"<svg onload='alert(1)'/>", "bad_image"),
    "a text bomb": (png_with_text("prompt", "a" * 9_000_000, compressed=True), "bad_image"),
}


@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD.keys())
async def test_a_file_that_is_no_whole_image_is_reported_and_makes_nothing(
    content: Content, sessions: Sessions, data: bytes, code: str
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING, attempt=2)

    await content.take(await stored_output(content.media, job.id, data=data, attempt=2))

    (report,) = content.bus.published
    assert isinstance(report, Failed)
    assert (report.code, report.worker_id) == (code, None)
    assert (report.job_id, report.attempt) == (job.id, 2)
    assert (await job_now(sessions, job.id)).status == JobStatus.RUNNING
    assert await count(sessions, ContentItem) == 0


@pytest.mark.parametrize("lie", [{"sha256": "00" * 32}, {"byte_size": 17}])
async def test_bytes_that_are_not_those_reported_are_a_torn_image(
    content: Content, sessions: Sessions, lie: dict[str, Any]
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    data = picture()
    report = report_of(job.id, data, **lie)
    key = report.storage_key.replace(report_of(job.id, data).sha256, report.sha256)
    await content.media.put(key, data, mime_type="image/png")

    await content.take(report.model_copy(update={"storage_key": key}))

    (failed,) = content.bus.published
    assert isinstance(failed, Failed)
    assert failed.code == "torn_image"


async def test_a_file_that_is_gone_is_a_torn_image(content: Content, sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)

    await content.take(report_of(job.id, picture()))

    (failed,) = content.bus.published
    assert isinstance(failed, Failed)
    assert failed.code == "torn_image"


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "thumbnails/1/small.webp", "jobs/0198c0de/1/x.png", ""]
)
async def test_a_report_that_names_somebody_elses_file_is_a_dead_letter(
    content: Content, sessions: Sessions, key: str
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)

    with pytest.raises(MisplacedOutput):
        await content.take(report_of(job.id, picture(), storage_key=key))

    assert await count(sessions, ContentItem) == 0


async def test_a_report_that_the_broker_does_not_take_is_made_again(
    content: Content, sessions: Sessions
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    output = await stored_output(content.media, job.id, data=b"no image")
    content.bus.refuses = lambda message: True

    with pytest.raises(Unavailable):
        await content.take(output)
    content.bus.refuses = lambda message: False
    await content.take(output)

    assert len(content.bus.published) == 1


async def test_completion_is_an_event_of_the_attempt_that_was_held(
    content: Content, sessions: Sessions
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING, attempt=2, worker_id="gpu-7")

    await content.take(await stored_output(content.media, job.id, attempt=1))

    async with transaction(sessions) as session:
        event = await session.get_one(JobEvent, (job.id, 3))
    assert (event.type, event.attempt, event.worker_id) == ("job.completed", 2, "gpu-7")


async def test_what_is_announced_is_the_item_as_it_was_written(
    content: Content, sessions: Sessions
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)

    await content.take(await stored_output(content.media, job.id))

    async with transaction(sessions) as session:
        written = content_view(await session.get_one(ContentItem, content.items[0]))
    _, said = await announced(sessions)
    assert isinstance(said, dict)
    assert ContentCreated.model_validate(said).content == written


async def test_one_whose_job_ends_between_its_two_statements_makes_nothing(
    content: Content, sessions: Sessions
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    output = await stored_output(content.media, job.id)

    async with transaction(sessions) as session:
        await jobs.cancel(session, JobId(job.id), user_id=job.user_id)
        taking = asyncio.create_task(content.take(output))
        await until(lambda: waits_for_lock(sessions), what="the output waits for the job")
    await taking

    assert (await job_now(sessions, job.id)).status == JobStatus.CANCELLED
    assert await count(sessions, ContentItem) == 0
    assert (await announced(sessions)) == [3]
    assert (content.items, content.refusals) == ([], 1)
