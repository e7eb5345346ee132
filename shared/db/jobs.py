"""The only writer of a job's status. Each transition is one guarded statement, with its event.

    changed   UPDATE … WHERE id = … AND status IN (…) [AND attempt = … AND worker_id = …]
    event     INSERT INTO job_events: its version, and attempt and worker as they were before
    outbox    INSERT INTO outbox: names that event, for the relay

Of any number of racing callers exactly one succeeds; the others get None, a fact to handle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, literal, null, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.tables import Job, JobEvent, OutboxRow
from shared.jobs import EVENT_OF, FINAL, JobId, JobStatus, sources_of

LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Changed:
    """A transition that was made: what the job is now, and who held it before."""

    job_id: JobId
    user_id: UUID
    version: int
    attempt: int  # now
    previous_attempt: int
    previous_worker_id: str | None


@dataclass(frozen=True)
class Guard:
    """What must hold besides the status. None: any."""

    attempt: int | None = None
    worker_id: str | None = None
    user_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        wanted = {"attempt": self.attempt, "worker_id": self.worker_id, "user_id": self.user_id}
        return [getattr(Job, name) == value for name, value in wanted.items() if value is not None]


async def claim(
    session: AsyncSession, job_id: JobId, *, attempt: int, worker_id: str, lease: timedelta = LEASE
) -> Changed | None:
    """pending → running, by the worker that the attempt belongs to."""
    return await _advance(
        session,
        job_id,
        JobStatus.RUNNING,
        guard=Guard(attempt=attempt, worker_id=worker_id),
        changes={
            "started_at": func.coalesce(Job.started_at, func.now()),
            "lease_expires_at": func.now() + lease,
        },
    )


async def complete(
    session: AsyncSession, job_id: JobId, *, content_id: int, warnings: list[str]
) -> Changed | None:
    """By the first whole image of any attempt, so the attempt is not asked for."""
    return await _advance(
        session,
        job_id,
        JobStatus.COMPLETED,
        changes={
            "content_id": content_id,
            "progress": 1.0,
            "started_at": func.coalesce(Job.started_at, func.now()),
            "warnings": Job.warnings + warnings,
        },
    )


async def cancel(session: AsyncSession, job_id: JobId, *, user_id: UUID) -> Changed | None:
    return await _advance(session, job_id, JobStatus.CANCELLED, guard=Guard(user_id=user_id))


async def fail(
    session: AsyncSession, job_id: JobId, *, attempt: int, error: Mapping[str, Any]
) -> Changed | None:
    """For good. `error`: code, message, node_id, node_type, retryable."""
    return await _advance(
        session,
        job_id,
        JobStatus.FAILED,
        guard=Guard(attempt=attempt),
        changes={"error": literal(dict(error), JSONB), "failures": Job.failures + 1},
        detail=error,
    )


async def retry(
    session: AsyncSession,
    job_id: JobId,
    *,
    attempt: int,
    counted: bool,
    pause: timedelta,
    detail: Mapping[str, Any],
) -> Changed | None:
    """pending, running → pending: take the job back; its next attempt may go to any worker.

    `detail`: code and message, from which `interrupted_in_comfyui` and `out_of_memory` are counted.
    """
    return await _advance(
        session,
        job_id,
        JobStatus.PENDING,
        guard=Guard(attempt=attempt),
        changes={
            "attempt": Job.attempt + 1,
            "failures": Job.failures + (1 if counted else 0),
            "not_before": func.now() + pause if pause else null(),
            "worker_id": null(),
            "assigned_at": null(),
            "lease_expires_at": null(),
            "started_at": null(),
            "phase": null(),
            "progress": null(),
            "unlisted": 0,
        },
        detail=detail,
    )


async def _advance(
    session: AsyncSession,
    job_id: JobId,
    target: JobStatus,
    *,
    guard: Guard = Guard(),
    changes: Mapping[str, Any] | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Changed | None:
    before = (
        select(Job.id, Job.attempt, Job.worker_id)
        .where(Job.id == job_id, Job.status.in_(sources_of(target)), *guard.conditions())
        .with_for_update()
        .cte("before")
    )
    final = {"finished_at": func.now()} if target in FINAL else {}
    changed = (
        update(Job)
        .where(Job.id == before.c.id)
        .values(
            status=target,
            version=Job.version + 1,
            updated_at=func.now(),
            **{"lease_expires_at": null()} if target in FINAL else {},
            **final,
            **(changes or {}),
        )
        .returning(
            Job.id,
            Job.user_id,
            Job.version,
            Job.attempt,
            before.c.attempt.label("previous_attempt"),
            before.c.worker_id.label("previous_worker_id"),
        )
        .cte("changed")
    )
    event = (
        insert(JobEvent)
        .from_select(
            ["job_id", "version", "type", "attempt", "worker_id", "detail"],
            select(
                changed.c.id,
                changed.c.version,
                literal(EVENT_OF[target]),
                changed.c.previous_attempt,
                changed.c.previous_worker_id,
                literal(dict(detail) if detail else None, JSONB(none_as_null=True)),
            ),
        )
        .cte("event")
    )
    outbox = (
        insert(OutboxRow)
        .from_select(["job_id", "version"], select(changed.c.id, changed.c.version))
        .cte("outbox")
    )
    row = (await session.execute(select(changed).add_cte(event, outbox))).one_or_none()
    if row is None:
        return None
    return Changed(
        job_id=JobId(row.id),
        user_id=row.user_id,
        version=row.version,
        attempt=row.attempt,
        previous_attempt=row.previous_attempt,
        previous_worker_id=row.previous_worker_id,
    )
