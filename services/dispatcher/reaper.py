"""Take back what fell silent, what waits too long beside a free worker, and what is drained.

Silence counts only while we listened: after the start, after each reconnect to broker or database
and after a late tick (frozen, suspended) nothing is taken back for one full lease.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.dispatcher.assign import IN_COMFYUI
from services.dispatcher.failures import apply_failure
from services.dispatcher.locks import Work, is_mine
from services.dispatcher.settings import Timing
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, Worker
from shared.jobs import UNFINISHED, FailureCode, JobStatus, Phase
from shared.messages import Failed

log = structlog.get_logger()

MOST_A_ROUND = 100


@dataclass
class Attention:
    """Since when we have been listening without a gap. Times are a monotonic clock's seconds."""

    timing: Timing
    since: float
    last_tick: float

    @classmethod
    def begun(cls, timing: Timing, *, now: float) -> "Attention":
        return cls(timing, since=now, last_tick=now)

    def interrupt(self, *, now: float) -> None:
        self.since = now

    def tick(self, *, now: float) -> None:
        if now - self.last_tick >= self.timing.late_tick:
            log.warning("dispatcher.was_frozen", seconds=round(now - self.last_tick, 1))
            self.interrupt(now=now)
        self.last_tick = now

    def may_take_back(self, *, now: float) -> bool:
        return now - self.since >= self.timing.lease.total_seconds()


async def reap_once(sessions: Sessions, timing: Timing) -> int:
    """How many attempts were taken back. Only to be called while attention is unbroken."""
    async with transaction(sessions) as session:
        if not await is_mine(session, Work.REAP):
            return 0
        reports = [
            *await _silent(session),
            *await _unclaimed(session, timing),
            *await _drained(session),
        ]
        return sum([await apply_failure(session, report, timing) for report in reports])


async def _silent(session: AsyncSession) -> list[Failed]:
    return await _reports(
        session,
        and_(Job.status.in_(UNFINISHED), Job.lease_expires_at < func.now()),
        FailureCode.WORKER_SILENT,
        "The worker fell silent.",
    )


async def _unclaimed(session: AsyncSession, timing: Timing) -> list[Failed]:
    """Given but not begun, while another worker has what it needs and ComfyUI idles there."""
    other, theirs = aliased(Worker), aliased(Job)
    busy = (
        select(func.count())
        .where(
            theirs.worker_id == other.id,
            theirs.status.in_(UNFINISHED),
            theirs.phase.is_distinct_from(Phase.STORED),
        )
        .correlate(other)
        .scalar_subquery()
    )
    free_elsewhere = exists().where(
        other.id != Job.worker_id,
        other.accepting,
        other.wanted == "run",
        other.last_seen_at > func.now() - timing.live,
        Job.needs.contained_by(other.has),
        busy < IN_COMFYUI,
    )
    return await _reports(
        session,
        and_(
            Job.status == JobStatus.PENDING,
            Job.worker_id.is_not(None),
            Job.assigned_at < func.now() - timing.claim_within,
            free_elsewhere,
        ),
        FailureCode.TAKEN_BACK,
        "Its worker did not begin it while another was free.",
    )


async def _drained(session: AsyncSession) -> list[Failed]:
    draining = exists().where(Worker.id == Job.worker_id, Worker.wanted == "drain")
    return await _reports(
        session,
        and_(Job.status == JobStatus.PENDING, Job.worker_id.is_not(None), draining),
        FailureCode.TAKEN_BACK,
        "Its worker is being drained.",
    )


async def _reports(
    session: AsyncSession, condition: ColumnElement[bool], code: FailureCode, message: str
) -> list[Failed]:
    rows = await session.execute(
        select(Job.id, Job.attempt, Job.worker_id, Job.trace_id)
        .where(condition)
        .order_by(Job.id)
        .limit(MOST_A_ROUND)
        .with_for_update(skip_locked=True, of=Job)
    )
    return [
        Failed(
            worker_id=row.worker_id,
            job_id=row.id,
            attempt=row.attempt,
            code=code,
            message=message,
            trace_id=row.trace_id,
        )
        for row in rows
    ]
