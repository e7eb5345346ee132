"""No sequence of messages, in any order and any number of copies, leaves a final state, skips or
repeats a version, or breaks `completed ⇔ content`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from services.dispatcher.assign import assign_once
from services.dispatcher.claims import Claims
from services.dispatcher.reaper import reap_once
from services.dispatcher.reports import Reports
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, Job, JobEvent
from shared.jobs import FINAL, FailureCode, JobId, JobStatus
from shared.media import MediaStore
from shared.messages import Claim, Failed
from tests.factories import make_job, make_worker
from tests.infrastructure.recording_bus import RecordingBus
from tests.integration.content.one_service import Content
from tests.integration.content.outputs import stored_output

TIMING = Timing(first_pause=timedelta(0), ailing_pause=timedelta(0))
ATTEMPTS = st.integers(1, 4)
WORKERS = st.sampled_from(["gpu-1", "gpu-2"])


@dataclass(frozen=True)
class Assign:
    async def happen(self, world: "World") -> None:
        await assign_once(world.sessions, TIMING)


@dataclass(frozen=True)
class ClaimComes:
    attempt: int
    worker_id: str

    async def happen(self, world: "World") -> None:
        await world.report(
            Claim(worker_id=self.worker_id, job_id=world.job_id, attempt=self.attempt)
        )


@dataclass(frozen=True)
class FailureComes:
    attempt: int
    code: FailureCode

    async def happen(self, world: "World") -> None:
        await world.report(
            Failed(
                worker_id="gpu-1", job_id=world.job_id, attempt=self.attempt, code=self.code,
                message="…", seen_running=True, previous_succeeded=True,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class OutputComes:
    attempt: int

    async def happen(self, world: "World") -> None:
        await world.content.take(
            await stored_output(world.content.media, world.job_id, attempt=self.attempt)
        )


@dataclass(frozen=True)
class TornOutputComes:
    attempt: int

    async def happen(self, world: "World") -> None:
        output = await stored_output(
            world.content.media, world.job_id, attempt=self.attempt, data=b"no image"
        )
        await world.content.take(output)
        for failure in world.content.bus.published:
            assert isinstance(failure, Failed)
            await world.report(failure)
        world.content.bus.published.clear()


@dataclass(frozen=True)
class OwnerCancels:
    async def happen(self, world: "World") -> None:
        async with transaction(world.sessions) as session:
            await jobs.cancel(session, world.job_id, user_id=world.user_id)


@dataclass(frozen=True)
class LeaseEnds:
    async def happen(self, world: "World") -> None:
        async with transaction(world.sessions) as session:
            await session.execute(
                update(Job)
                .where(Job.lease_expires_at.is_not(None))
                .values(lease_expires_at=func.now() - timedelta(seconds=1))
            )
        await reap_once(world.sessions, TIMING)


HAPPENINGS = st.one_of(
    st.just(Assign()),
    st.builds(ClaimComes, ATTEMPTS, WORKERS),
    st.builds(FailureComes, ATTEMPTS, st.sampled_from(FailureCode)),
    st.builds(OutputComes, ATTEMPTS),
    st.builds(TornOutputComes, ATTEMPTS),
    st.just(OwnerCancels()),
    st.just(LeaseEnds()),
)


class World:
    def __init__(self, sessions: Sessions, media: MediaStore, job: Job) -> None:
        self.sessions, self.content = sessions, Content(sessions, media)
        self.job_id, self.user_id = JobId(job.id), job.user_id
        self.last: Any = None

    async def report(self, report: Claim | Failed) -> None:
        wake = Wake()
        claims = Claims(self.sessions, RecordingBus(), wake, TIMING)
        await Reports(self.sessions, claims, wake, TIMING).take(report)

    async def check(self) -> None:
        async with transaction(self.sessions) as session:
            job = await session.get_one(Job, self.job_id)
            versions = list(
                await session.scalars(
                    select(JobEvent.version).where(JobEvent.job_id == job.id).order_by("version")
                )
            )
            items = list(
                await session.scalars(select(ContentItem.id).where(ContentItem.job_id == job.id))
            )
        assert versions == list(range(1, job.version + 1))
        assert items == ([job.content_id] if job.status == JobStatus.COMPLETED else [])
        now = (job.status, job.version, job.content_id, job.error, job.finished_at)
        if self.last is not None:
            assert now[1] >= self.last[1]
            if self.last[0] in FINAL:
                assert now == self.last
        self.last = now


async def play(sessions: Sessions, media: MediaStore, happenings: list[Any]) -> UUID:
    job = await make_job(sessions)
    world = World(sessions, media, job)
    for happening in happenings:
        await happening.happen(world)
        await world.check()
    await OwnerCancels().happen(world)  # nothing stays with the workers of the next example
    await world.check()
    assert world.last[0] in FINAL
    return job.id


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(happenings=st.lists(HAPPENINGS, min_size=1, max_size=15))
async def test_no_order_of_messages_breaks_a_job(
    sessions: Sessions, media: MediaStore, happenings: list[Any]
) -> None:
    async with transaction(sessions) as session:
        known = await session.scalar(select(func.count()).select_from(Job)) or 0
    if known == 0:
        for name in ("gpu-1", "gpu-2"):
            await make_worker(sessions, name)
    await play(sessions, media, happenings)


async def test_a_copy_of_every_message_makes_no_difference(
    sessions: Sessions, media: MediaStore
) -> None:
    await make_worker(sessions, "gpu-1")
    story = [
        Assign(), ClaimComes(1, "gpu-1"), FailureComes(1, FailureCode.HANDED_BACK), Assign(),
        ClaimComes(2, "gpu-1"), OutputComes(1), OutputComes(2),
    ]  # fmt: skip
    job_id = await play(sessions, media, [step for step in story for _ in range(3)])
    async with transaction(sessions) as session:
        assert (await session.get_one(Job, job_id)).status == JobStatus.COMPLETED
