"""What a user can do with jobs that exist."""

from uuid import UUID

from gateway.errors import JobFinished, JobNotFinished
from gateway.generation_jobs import queries
from gateway.generation_jobs.schemas import JobEventView, JobRequest, JobsQuery
from gateway.generation_jobs.submission import Origin, Submitted, replayed, submit
from gateway.generation_jobs.views import placed_view, placed_views
from gateway.pages import Page, page_of
from gateway.parts import Parts
from shared.auth import Identity
from shared.db import jobs, outbox
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.jobs import FINAL, JobId, JobStatus, JobType, without_legacy
from shared.messages import JobDeleted
from shared.views import JobView


def no_such_job(job_id: UUID) -> NotFound:
    return NotFound(f"you have no job {job_id}")


async def read_job(parts: Parts, job_id: UUID, user_id: UUID) -> JobView:
    async with transaction(parts.sessions) as session:
        row = await queries.find_job(session, job_id, user_id)
    if row is None:
        raise no_such_job(job_id)
    return await placed_view(parts.positions, row)


async def await_final(parts: Parts, job_id: UUID, user_id: UUID, *, seconds: float) -> JobView:
    """The job as soon as it is final, or as it is when the seconds are over."""
    job = await read_job(parts, job_id, user_id)
    if job.status in FINAL:
        return job
    await parts.final_waiters.wait(job_id, seconds)
    return await read_job(parts, job_id, user_id)


async def list_jobs(parts: Parts, user_id: UUID, query: JobsQuery) -> Page[JobView]:
    async with transaction(parts.sessions) as session:
        rows = await queries.list_jobs(session, user_id, query)
    views = await placed_views(parts.positions, rows)
    return page_of(views, [view.id for view in views], query)


async def list_events(parts: Parts, job_id: UUID, user_id: UUID) -> Page[JobEventView]:
    async with transaction(parts.sessions) as session:
        if await queries.find_job(session, job_id, user_id) is None:
            raise no_such_job(job_id)
        events = await queries.list_events(session, job_id)
    return Page(items=[JobEventView.model_validate(event) for event in events])


async def cancel(parts: Parts, job_id: UUID, user_id: UUID) -> JobView:
    """Again: the same answer. Raises NotFound, JobFinished."""
    async with transaction(parts.sessions) as session:
        cancelled = await jobs.cancel(session, JobId(job_id), user_id=user_id)
        row = await queries.find_job(session, job_id, user_id)
    if row is None:
        raise no_such_job(job_id)
    if row.status != JobStatus.CANCELLED:
        raise JobFinished(f"job {job_id} was {row.status} already")
    if cancelled is not None:
        parts.nudges.nudge()
    return await placed_view(parts.positions, row)


async def retry(parts: Parts, identity: Identity, job_id: UUID, origin: Origin) -> Submitted:
    """A new job with the same params. Raises NotFound, JobNotFinished, and what submit raises."""
    if (earlier := await replayed(parts, identity, origin)) is not None:
        return earlier
    async with transaction(parts.sessions) as session:
        job = await queries.find_whole_job(session, job_id, identity.user_id)
    if job is None:
        raise no_such_job(job_id)
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise JobNotFinished(
            f"only a failed or cancelled job can be tried again; {job.id} is {job.status}"
        )
    wanted = JobRequest.model_construct(
        job_type=JobType(job.job_type).value,  # the driver gives plain text
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        params=without_legacy(job.params),
        priority=job.priority,
        tags=job.tags,
    )
    return await submit(parts, identity, wanted, origin)


async def remove(parts: Parts, job_id: UUID, user_id: UUID, *, trace_id: str) -> None:
    """Raises NotFound, JobNotFinished."""
    async with transaction(parts.sessions) as session:
        if not await queries.remove_job(session, job_id, user_id):
            if await queries.find_job(session, job_id, user_id) is None:
                raise no_such_job(job_id)
            raise JobNotFinished(f"job {job_id} has not ended; cancel it first")
        await outbox.announce(
            session, JobDeleted(user_id=user_id, job_id=JobId(job_id), trace_id=trace_id)
        )
    parts.nudges.nudge()
