"""Answer claims and apply failures. A copy of either gets the same answer and changes nothing."""

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.dispatcher.failures import apply_failure
from services.dispatcher.settings import Timing
from services.dispatcher.verdicts import MOST_RUNS
from services.dispatcher.wake import Wake
from shared.bus.base import Sender
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, JobEvent
from shared.jobs import JobStatus
from shared.log import of_job
from shared.messages import Claim, Drop, Failed, Go

log = structlog.get_logger()


async def handle(
    report: Claim | Failed, *, sessions: Sessions, bus: Sender, wake: Wake, timing: Timing
) -> None:
    with structlog.contextvars.bound_contextvars(
        **of_job(report.job_id, trace_id=report.trace_id, attempt=report.attempt)
    ):
        match report:
            case Claim():
                async with transaction(sessions) as session:
                    answer = await answer_claim(session, report, timing)
                # Seen by nobody before the commit: the worker submits on it.
                await bus.cast(answer)
                log.debug("claim.answered", answer=answer.type, worker_id=report.worker_id)
                wake.relay.ring(news=True)
            case Failed():
                async with transaction(sessions) as session:
                    applied = await apply_failure(session, report, timing)
                if not applied:
                    log.info("report.stale", code=report.code, worker_id=report.worker_id)
                    return
                wake.all()


async def answer_claim(session: AsyncSession, claim: Claim, timing: Timing) -> Go | Drop:
    """Go: this attempt is running, and this worker's. Drop: it is not, and never will be again."""
    to = {"worker_id": claim.worker_id, "job_id": claim.job_id, "attempt": claim.attempt}
    if claim.attempt >= MOST_RUNS and await _ran_too_often(session, claim):
        error = {"code": "gave_up", "message": f"It was started {MOST_RUNS} times and never ended."}
        await jobs.fail(
            session, claim.job_id, attempt=claim.attempt, error=error | {"retryable": True}
        )
        return Drop.model_validate(to)
    changed = await jobs.claim(
        session,
        claim.job_id,
        attempt=claim.attempt,
        worker_id=claim.worker_id,
        lease=timing.lease,
    )
    if changed is not None or await _is_running_there(session, claim):
        is_first = changed is not None
        return Go.model_validate(to | {"claim_id": claim.claim_id, "is_first": is_first})
    return Drop.model_validate(to)


async def _is_running_there(session: AsyncSession, claim: Claim) -> bool:
    found = await session.scalar(
        select(Job.id).where(
            Job.id == claim.job_id,
            Job.attempt == claim.attempt,
            Job.worker_id == claim.worker_id,
            Job.status == JobStatus.RUNNING,
        )
    )
    return found is not None


async def _ran_too_often(session: AsyncSession, claim: Claim) -> bool:
    runs = await session.scalar(
        select(func.count()).where(
            JobEvent.job_id == claim.job_id,
            JobEvent.type == "job.running",
            JobEvent.attempt < claim.attempt,
        )
    )
    return (runs or 0) >= MOST_RUNS
