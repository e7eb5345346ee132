"""A worker that beats, and what the dispatcher makes of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from services.dispatcher.heartbeats import Heartbeats
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, OutboxRow
from shared.jobs import JobId, JobStatus, Phase
from shared.messages import Heartbeat, HeldAttempt
from tests.factories import make_job
from tests.infrastructure.recording_bus import RecordingBus

INSTANCE = UUID("11111111-1111-4111-8111-111111111111")
OFFERS = {"nodes": ["SaveImage"], "options": {"checkpoints": ["a"]}, "workflows": ["solid_color"]}


class Peer:
    """A worker, as far as the dispatcher hears of it."""

    def __init__(self, sessions: Sessions, instance_id: UUID = INSTANCE) -> None:
        self.sessions, self.instance_id, self.seq = sessions, instance_id, 0
        self.bus = RecordingBus()
        self.heartbeats = Heartbeats(sessions, self.bus, Wake(), Timing())

    async def beats(self, *held: HeldAttempt, **fields: object) -> None:
        self.seq += 1
        said = {
            "worker_id": "gpu-1", "instance_id": self.instance_id, "seq": self.seq,
            "accepting": True, "ahead": 2, "offers": OFFERS, "offers_digest": "d1",
            "attempts": held,
        }  # fmt: skip
        await self.heartbeats.take(Heartbeat.model_validate(said | fields))


def held(job: Job, *, attempt: int = 1, progress: float | None = None) -> HeldAttempt:
    return HeldAttempt(
        job_id=JobId(job.id), attempt=attempt, phase=Phase.RENDERING, progress=progress
    )


async def running_job(sessions: Sessions, *, assigned_seconds_ago: int = 60) -> Job:
    return await make_job(
        sessions,
        status=JobStatus.RUNNING,
        worker_id="gpu-1",
        assigned_at=func.now() - timedelta(seconds=assigned_seconds_ago),
        lease_expires_at=func.now() + timedelta(seconds=1),
    )


async def lease_seconds(sessions: Sessions, job: Job) -> float:
    async with transaction(sessions) as session:
        left = select(func.extract("epoch", Job.lease_expires_at - func.now()))
        return float(await session.scalar(left.where(Job.id == job.id)) or 0)


async def commands(sessions: Sessions) -> list[tuple[UUID | None, int | None]]:
    async with transaction(sessions) as session:
        rows = await session.execute(
            select(OutboxRow.job_id, OutboxRow.attempt).where(OutboxRow.attempt.is_not(None))
        )
        return [(row.job_id, row.attempt) for row in rows]
