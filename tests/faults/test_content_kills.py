"""Content killed between any two steps: delivered again, its output makes the same one item."""

from pathlib import Path

import pytest
from sqlalchemy import select

from shared.bus.amqp import AmqpBus
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, ContentThumbnail, Job, OutboxRow
from shared.failpoints import Killed, killing_at
from shared.jobs import JobStatus
from shared.media import MediaStore, open_media
from tests.factories import make_job
from tests.infrastructure.processes import Processes, darkroom
from tests.infrastructure.waiting import until
from tests.integration.content.one_service import Content
from tests.integration.content.outputs import deliver, stored_output

STEPS = ["content.verified", "content.committed"]
THUMBNAIL_STEPS = ["content.thumbnails_stored"]


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return open_media(str(tmp_path / "media"))


async def has_thumbnails(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return len((await session.scalars(select(ContentThumbnail.size))).all()) == 3


async def final_state(sessions: Sessions, job: Job) -> tuple[object, ...]:
    async with transaction(sessions) as session:
        now = await session.get_one(Job, job.id)
        (item,) = await session.scalars(select(ContentItem))
        told = [
            row.version or (row.body or {})["type"]
            for row in await session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        ]
        return (now.status, now.version, now.content_id == item.id, item.job_id == job.id, told)


@pytest.mark.parametrize("step", STEPS)
async def test_killed_between_two_steps_the_next_delivery_ends_in_the_same_state(
    sessions: Sessions, media: MediaStore, step: str
) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    output = await stored_output(media, job.id)

    with killing_at(step), pytest.raises(Killed):
        await Content(sessions, media).take(output)
    await Content(sessions, media).take(output)

    assert await final_state(sessions, job) == (
        *(JobStatus.COMPLETED, 3, True, True),
        [3, "content.created"],
    )


@pytest.mark.parametrize("step", STEPS + THUMBNAIL_STEPS)
async def test_a_process_killed_there_is_made_up_for_by_the_next(
    sessions: Sessions,
    media: MediaStore,
    database_url: str,
    amqp_url: str,
    processes: Processes,
    tmp_path: Path,
    step: str,
) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "MEDIA_URL": str(tmp_path / "media"),
    }
    doomed = processes.add(
        "doomed", darkroom("content"), environment=environment | {"DARKROOM_FAILPOINT": step}
    )
    await doomed.start()
    job = await make_job(sessions, status=JobStatus.RUNNING)
    output = await stored_output(media, job.id)
    async with AmqpBus(amqp_url, name="worker") as bus:
        await deliver(bus, output)

    assert await doomed.ended() == -9
    await processes.add("next", darkroom("content"), environment=environment).start()

    await until(lambda: has_thumbnails(sessions), within=60)
    assert await final_state(sessions, job) == (
        *(JobStatus.COMPLETED, 3, True, True),
        [3, "content.created", "content.updated"],
    )
