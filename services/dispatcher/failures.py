"""Apply a failure to its job: a new attempt, or the end. Used by reports, reaper, dead letters."""

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.dispatcher.settings import Timing
from services.dispatcher.verdicts import GiveUp, History, Retry, judge
from shared.db import jobs
from shared.db.tables import Job, JobEvent
from shared.jobs import UNFINISHED
from shared.messages import Failed

log = structlog.get_logger()


async def apply_failure(session: AsyncSession, report: Failed, timing: Timing) -> bool:
    """False: the attempt is not the job's current one, or the job is final or gone.

    Idempotent: either outcome ends the attempt, so a copy of the report finds none."""
    history = await _history(session, report)
    if history is None:
        return False
    verdict = judge(report, history, timing)
    if not await _carry_out(session, report, verdict):
        return False
    log.info(
        "attempt.failed",
        job_id=str(report.job_id),
        trace_id=report.trace_id,
        attempt=report.attempt,
        worker_id=report.worker_id,
        code=report.code,
        verdict=type(verdict).__name__,
    )
    return True


async def _carry_out(session: AsyncSession, report: Failed, verdict: Retry | GiveUp) -> bool:
    job_id, attempt = report.job_id, report.attempt
    if isinstance(verdict, GiveUp):
        error = _error(report, verdict)
        return await jobs.fail(session, job_id, attempt=attempt, error=error) is not None
    changed = await jobs.retry(
        session,
        job_id,
        attempt=attempt,
        counted=verdict.counted,
        pause=verdict.pause,
        detail={"code": report.code, "message": report.message[:2000]},
    )
    return changed is not None


async def _history(session: AsyncSession, report: Failed) -> History | None:
    same_code = (
        select(func.count())
        .where(
            JobEvent.job_id == report.job_id,
            JobEvent.type == "job.retrying",
            JobEvent.detail["code"].astext == report.code,
        )
        .scalar_subquery()
    )
    row = (
        await session.execute(
            select(Job.failures, Job.max_failures, same_code.label("same")).where(
                Job.id == report.job_id,
                Job.attempt == report.attempt,
                Job.status.in_(UNFINISHED),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return History(row.failures, row.max_failures, times_with_this_code=row.same)


def _error(report: Failed, verdict: GiveUp) -> dict[str, object]:
    return {
        "code": report.code,
        "message": report.message[:4000],
        "node_id": report.node_id,
        "node_type": report.node_type,
        "retryable": verdict.retryable,
    }
