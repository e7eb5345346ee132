"""Each transition is one guarded statement: of racing callers exactly one succeeds."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from shared.db import jobs
from shared.db.engine import DatabaseUnavailable, Sessions, transaction
from shared.db.quick import quick
from shared.db.tables import Job, JobEvent, OutboxRow
from shared.jobs import FINAL, JobId, JobStatus
from tests.factories import make_content, make_job

ERROR = {"code": "refused", "message": "no"}


async def move(sessions: Sessions, job: Job, target: JobStatus) -> object:
    """What it says is true if, and only if, it was made."""
    job_id = JobId(job.id)
    if target == JobStatus.RUNNING:
        async with quick(sessions) as database:
            return await jobs.claim(database, [jobs.Asked(job_id, 1, "gpu-1")])
    async with transaction(sessions) as session:
        match target:
            case JobStatus.CANCELLED:
                return await jobs.cancel(session, job_id, user_id=job.user_id)
            case JobStatus.FAILED:
                return await jobs.fail(session, job_id, attempt=1, error=ERROR)
            case JobStatus.PENDING:
                return await jobs.retry(
                    session, job_id, attempt=1, counted=True, pause=timedelta(0), detail=ERROR
                )
            case _:
                raise AssertionError("needs content; see the content service's tests")


async def test_of_many_racing_callers_exactly_one_succeeds(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    targets = [JobStatus.CANCELLED, JobStatus.FAILED] * 4
    outcomes = await asyncio.gather(*(move(sessions, job, target) for target in targets))
    assert sum(bool(outcome) for outcome in outcomes) == 1


@pytest.mark.parametrize("final", sorted(FINAL))
@pytest.mark.parametrize(
    "target", [JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.PENDING]
)
async def test_nothing_leaves_a_final_status(
    sessions: Sessions, final: JobStatus, target: JobStatus
) -> None:
    job = await make_job(sessions, status=final, worker_id="gpu-1")
    assert not await move(sessions, job, target)


async def test_a_refused_move_writes_nothing(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.CANCELLED)
    await move(sessions, job, JobStatus.FAILED)
    async with transaction(sessions) as session:
        assert (await session.scalars(select(OutboxRow.id))).all() == []
        events = (await session.scalars(select(JobEvent.type).order_by("version"))).all()
        assert events == ["job.created", "job.cancelled"]


async def test_an_event_remembers_who_held_the_job_before(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING, worker_id="gpu-1")
    changed = await move(sessions, job, JobStatus.PENDING)
    assert isinstance(changed, jobs.Changed)
    assert (changed.previous_attempt, changed.attempt, changed.previous_worker_id) == (
        1,
        2,
        "gpu-1",
    )
    async with transaction(sessions) as session:
        event = await session.get_one(JobEvent, (job.id, changed.version))
        assert (event.attempt, event.worker_id, event.type) == (1, "gpu-1", "job.retrying")


async def test_a_rollback_takes_event_and_outbox_row_along(sessions: Sessions) -> None:
    job = await make_job(sessions)
    async with sessions() as session:
        await jobs.cancel(session, JobId(job.id), user_id=job.user_id)
        await session.rollback()
    async with transaction(sessions) as session:
        assert (await session.scalars(select(OutboxRow.id))).all() == []
        assert (await session.get_one(Job, job.id)).status == JobStatus.PENDING


@pytest.mark.parametrize(
    "broken",
    [
        "status = 'completed', finished_at = now()",  # without content
        "status = 'failed', finished_at = now()",  # without an error
        "status = 'cancelled'",  # without an end
        "finished_at = now()",  # ended, yet pending
        "status = 'running'",  # by nobody
        "priority = 11",
        "progress = 1.5",
    ],
)
async def test_the_database_itself_refuses_what_cannot_be(sessions: Sessions, broken: str) -> None:
    job = await make_job(sessions)
    statement = text(f"UPDATE generation_jobs SET {broken} WHERE id = :id")
    async with sessions() as session:
        with pytest.raises(IntegrityError):
            await session.execute(statement, {"id": job.id})


async def test_two_jobs_never_share_their_content(sessions: Sessions) -> None:
    job = await make_job(sessions)
    item = await make_content(sessions, job_id=job.id)
    with pytest.raises(IntegrityError):
        await make_content(sessions, job_id=item.job_id)


async def test_a_connection_that_is_ended_is_an_outage(sessions: Sessions) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with transaction(sessions) as session:
            await session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_wrong_statement_is_no_outage(sessions: Sessions) -> None:
    with pytest.raises(Exception, match="does not exist") as caught:
        async with transaction(sessions) as session:
            await session.execute(text("SELECT nothing FROM nowhere"))
    assert not isinstance(caught.value, DatabaseUnavailable)
