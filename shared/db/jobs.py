"""The only writer of a job's status. Each transition is one guarded statement, with its event.

    changed   UPDATE … WHERE id = … AND status IN (…) [AND attempt = … AND worker_id = …]
    event     INSERT INTO job_events: its version, and attempt and worker as they were before
    outbox    INSERT INTO outbox: names that event, for the relay

Of any number of racing callers exactly one succeeds; the others get None, a fact to handle.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Interval,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine, Uuid

from shared.db.quick import Quick, Statement
from shared.db.tables import Job, JobEvent, OutboxRow
from shared.jobs import EVENT_OF, FINAL, JobId, JobStatus, sources_of

LEASE = timedelta(seconds=60)

PARAMETER = "given_"  # no parameter may have the name of a column


def status_in(statuses: Iterable[JobStatus]) -> ColumnElement[bool]:
    """Written out, so that it is always the same statement and partial indexes serve it."""
    return Job.status.in_([literal_column(f"'{status}'", Text) for status in sorted(statuses)])


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
class Asked:
    """May this worker begin this attempt?"""

    job_id: JobId
    attempt: int
    worker_id: str


async def claim(database: Quick, asked: Sequence[Asked], *, lease: timedelta = LEASE) -> set[Asked]:
    """pending → running, each by the worker that the attempt belongs to; those that were moved.

    Several are one statement and, the flush to the disk being the most of it, one flush."""
    given = {
        "job_ids": [one.job_id for one in asked],
        "attempts": [one.attempt for one in asked],
        "worker_ids": [one.worker_id for one in asked],
        "lease": lease,
    }
    moved = await database.fetch(_CLAIM, _named(given))
    return {Asked(row["id"], row["attempt"], row["previous_worker_id"]) for row in moved}


async def complete(
    database: Quick,
    completion: Statement,
    job_id: JobId,
    *,
    content_id: int,
    warnings: list[str],
    more: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """By the first whole image of any attempt, so the attempt is not asked for.

    `more`: what the effects of this completion need."""
    given = {"job_id": job_id, "content_id": content_id, "warnings": warnings}
    return bool(await database.fetch(completion, {**_named(given), **more}))


async def cancel(session: AsyncSession, job_id: JobId, *, user_id: UUID) -> Changed | None:
    return await _advance(session, CANCEL, job_id, {"user_id": user_id})


async def fail(
    session: AsyncSession, job_id: JobId, *, attempt: int, error: Mapping[str, Any]
) -> Changed | None:
    """For good. `error`: code, message, node_id, node_type, retryable."""
    given = {"attempt": attempt, "error": dict(error), "detail": dict(error)}
    return await _advance(session, FAIL, job_id, given)


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
    given = {
        "attempt": attempt,
        "counted": int(counted),
        "pause": pause or None,
        "detail": dict(detail),
    }
    return await _advance(session, RETRY, job_id, given)


async def _advance(
    session: AsyncSession, transition: Select[Any], job_id: JobId, given: Mapping[str, Any]
) -> Changed | None:
    values = _named({"job_id": job_id, "detail": None, **given})
    row = (await session.execute(transition, values)).one_or_none()
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


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    return {PARAMETER + name: value for name, value in given.items()}


def _given(name: str, type_: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    return bindparam(PARAMETER + name, type_=type_)


def _transition(
    target: JobStatus,
    *guards: ColumnElement[bool],
    effects: Iterable[Callable[[CTE], CTE]] = (),
    **changes: ColumnElement[Any],
) -> Select[Any]:
    """Put together once: that takes several times as long as running it."""
    before = (
        select(Job.id, Job.attempt, Job.worker_id)
        .where(status_in(sources_of(target)), *guards)
        .order_by(Job.id)  # locked in one order by all, so nobody waits for each other
        .with_for_update(of=Job)
        .cte("before")
    )
    at_the_end = {"finished_at": func.now(), "lease_expires_at": null()}
    changed = (
        update(Job)
        .where(Job.id == before.c.id)
        .values(
            status=target,
            version=Job.version + 1,
            updated_at=func.now(),
            **at_the_end if target in FINAL else {},
            **changes,
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
                _given("detail", JSONB(none_as_null=True)),
            ),
        )
        .cte("event")
    )
    outbox = (
        insert(OutboxRow)
        .from_select(["job_id", "version"], select(changed.c.id, changed.c.version))
        .cte("outbox")
    )
    return select(changed).add_cte(*(effect(changed) for effect in effects), event, outbox)


def _asked() -> TableValuedAlias:
    """Arrays, for any number of them are one statement then."""
    columns: list[ColumnElement[object]] = [
        _given("job_ids", ARRAY(Uuid)),
        _given("attempts", ARRAY(Integer)),
        _given("worker_ids", ARRAY(Text)),
    ]
    names = ("job_id", "attempt", "worker_id")
    return func.unnest(*columns).table_valued(*names).render_derived(name="asked")


_ASKED = _asked()
_OF_THE_JOB = Job.id == _given("job_id")
_OF_THE_ATTEMPT = Job.attempt == _given("attempt")

_CLAIM = Statement(
    _transition(
        JobStatus.RUNNING,
        Job.id == _ASKED.c.job_id,
        Job.attempt == _ASKED.c.attempt,
        Job.worker_id == _ASKED.c.worker_id,
        started_at=func.coalesce(Job.started_at, func.now()),
        lease_expires_at=func.now() + _given("lease", Interval()),
    )
)


def completion(*effects: Callable[[CTE], CTE]) -> Statement:
    """To be put together once. The effects happen with it, or not at all: each is made of the row
    that it changed."""
    return Statement(
        _transition(
            JobStatus.COMPLETED,
            _OF_THE_JOB,
            effects=effects,
            content_id=_given("content_id", BigInteger()),
            progress=literal(1.0),
            started_at=func.coalesce(Job.started_at, func.now()),
            warnings=Job.warnings + _given("warnings", ARRAY(Text)),
        )
    )


CANCEL = _transition(JobStatus.CANCELLED, _OF_THE_JOB, Job.user_id == _given("user_id"))
FAIL = _transition(
    JobStatus.FAILED,
    _OF_THE_JOB,
    _OF_THE_ATTEMPT,
    error=_given("error", JSONB()),
    failures=Job.failures + 1,
)
RETRY = _transition(
    JobStatus.PENDING,
    _OF_THE_JOB,
    _OF_THE_ATTEMPT,
    attempt=Job.attempt + 1,
    failures=Job.failures + _given("counted", Integer()),
    not_before=func.now() + _given("pause", Interval()),  # at once, where there is no pause
    worker_id=null(),
    assigned_at=null(),
    lease_expires_at=null(),
    started_at=null(),
    phase=null(),
    progress=null(),
    unlisted=literal(0),
)
