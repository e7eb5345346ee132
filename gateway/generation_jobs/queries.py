"""SQL for jobs. Whatever reads or changes one is held to its user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, Select, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.generation_jobs.schemas import JobsQuery
from gateway.pages import uuid_in
from shared.db.quick import Quick, Statement
from shared.db.tables import Job, JobEvent, User
from shared.db.views import select_jobs
from shared.jobs import JobId, JobStatus, JobType


@dataclass(frozen=True)
class NewJob:
    id: UUID
    user_id: UUID
    job_type: JobType
    prompt: str
    negative_prompt: str
    params: dict[str, Any]
    needs: list[str]
    tags: list[str]
    priority: int
    timeout_s: int
    warnings: list[str]
    retry_of: UUID | None
    idempotency_key: str | None
    request_sha256: str | None  # as PostgreSQL reads bytea: \x and hexadecimal digits
    trace_id: str


# One statement for any number of jobs: the job, its event, and the outbox row that names it.
_COLUMNS = (
    "id, user_id, job_type, prompt, negative_prompt, params, needs, tags, priority, timeout_s,"
    " warnings, retry_of, idempotency_key, request_sha256, trace_id"
)
_INSERT = Statement(
    text(
        f"""
    WITH job AS (
        INSERT INTO generation_jobs ({_COLUMNS})
        SELECT {_COLUMNS} FROM jsonb_to_recordset(CAST(:jobs AS jsonb)) AS wanted(
            id uuid, user_id uuid, job_type text, prompt text, negative_prompt text,
            params jsonb, needs text[], tags text[], priority smallint, timeout_s integer,
            warnings text[], retry_of uuid, idempotency_key text, request_sha256 bytea,
            trace_id text)
        ON CONFLICT (user_id, idempotency_key) DO NOTHING
        RETURNING id, created_at
    ), event AS (
        INSERT INTO job_events (job_id, version, type, attempt)
        SELECT id, 1, 'job.created', 1 FROM job
    ), told AS (
        INSERT INTO outbox (job_id, version) SELECT id, 1 FROM job
    )
    SELECT id, created_at FROM job
    """  # noqa: S608 - the column names are the constant above
    )
)


async def insert_jobs(database: Quick, jobs: Sequence[NewJob]) -> dict[UUID, datetime]:
    """When each was created; one whose idempotency key is taken is not among them."""
    if not jobs:
        return {}
    # `default`: the driver's own kind of UUID
    listed = orjson.dumps(list(jobs), default=str).decode()
    rows = await database.fetch(_INSERT, {"jobs": listed})
    return {row["id"]: row["created_at"] for row in rows}


async def find_by_key(session: AsyncSession, user_id: UUID, key: str) -> Row[Any] | None:
    """The job of that idempotency key, with `request_sha256` of the request that made it."""
    found = await session.execute(
        select_jobs()
        .add_columns(Job.request_sha256)
        .where(Job.user_id == user_id, Job.idempotency_key == key)
    )
    job: Row[Any] | None = found.one_or_none()
    return job


_UNFINISHED = Statement(
    text(
        "SELECT count(*) FROM (SELECT 1 FROM generation_jobs WHERE user_id = :user_id"
        " AND status IN ('pending', 'running') LIMIT :most) AS unfinished"
    )
)
_LIMIT = Statement(
    select(User.max_unfinished)
    .where(User.id == bindparam("user_id"))
    .with_for_update(key_share=True)
)


async def count_unfinished(database: Quick, user_id: UUID, *, at_most: int) -> int:
    [row] = await database.fetch(_UNFINISHED, {"user_id": user_id, "most": at_most})
    return int(row["count"])


async def lock_limit(database: Quick, user_id: UUID) -> int:
    """The user's limit of unfinished jobs; whoever else asks waits until this commits."""
    rows = await database.fetch(_LIMIT, {"user_id": user_id})
    return int(rows[0]["max_unfinished"]) if rows else 0


async def find_job(session: AsyncSession, job_id: UUID, user_id: UUID) -> Row[Any] | None:
    found = await session.execute(select_jobs().where(Job.id == job_id, Job.user_id == user_id))
    job: Row[Any] | None = found.one_or_none()
    return job


async def find_whole_job(session: AsyncSession, job_id: UUID, user_id: UUID) -> Job | None:
    return await session.scalar(select(Job).where(Job.id == job_id, Job.user_id == user_id))


async def list_jobs(session: AsyncSession, user_id: UUID, query: JobsQuery) -> Sequence[Row[Any]]:
    """Newest first; one more than asked for where there are more."""
    wanted = _filtered(select_jobs().where(Job.user_id == user_id), query)
    before = uuid_in(query.cursor, query.scope())
    if before is not None:
        wanted = wanted.where(Job.id < before)
    found = await session.execute(wanted.order_by(Job.id.desc()).limit(query.limit + 1))
    rows: Sequence[Row[Any]] = found.all()
    return rows


def _filtered(wanted: Select[Any], query: JobsQuery) -> Select[Any]:
    if query.status:
        wanted = wanted.where(Job.status.in_(query.status))
    if query.job_type:
        wanted = wanted.where(Job.job_type == query.job_type)
    if query.q:
        wanted = wanted.where(Job.prompt.icontains(query.q, autoescape=True))
    if query.created_after:
        wanted = wanted.where(Job.created_at > query.created_after)
    if query.created_before:
        wanted = wanted.where(Job.created_at < query.created_before)
    return wanted


async def list_events(session: AsyncSession, job_id: UUID) -> Sequence[JobEvent]:
    found = await session.scalars(
        select(JobEvent).where(JobEvent.job_id == job_id).order_by(JobEvent.version)
    )
    return found.all()


_REMOVE = text(
    """
    WITH removed AS (
        DELETE FROM generation_jobs WHERE id = :job_id AND user_id = :user_id
            AND status IN ('completed', 'failed', 'cancelled')
        RETURNING id
    ), kept AS (
        UPDATE content_items SET job_id = NULL FROM removed WHERE content_items.job_id = removed.id
    )
    SELECT id FROM removed
    """
)


async def remove_job(session: AsyncSession, job_id: UUID, user_id: UUID) -> bool:
    """A final job and its events; its content stays, and no longer names it."""
    removed = await session.scalar(_REMOVE, {"job_id": job_id, "user_id": user_id})
    return removed is not None


async def final_or_gone(session: AsyncSession, job_ids: Sequence[UUID]) -> set[JobId]:
    unfinished = await session.scalars(
        select(Job.id).where(
            Job.id.in_(job_ids), Job.status.in_([JobStatus.PENDING, JobStatus.RUNNING])
        )
    )
    return {JobId(job_id) for job_id in set(job_ids) - set(unfinished)}
