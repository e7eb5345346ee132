"""SQL for workers, dead letters and the dashboard."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.discovery.schemas import DeadLetterView, HeldJobs, WorkerView
from shared.db.positions import IS_LIVE
from shared.db.tables import ContentItem, DeadLetter, Job, Worker
from shared.jobs import JobStatus

LONGEST_BODY = 10_000  # characters of a dead letter that are shown
LATEST_ITEMS = 12
MOST_COUNTED = 10_000


async def list_workers(session: AsyncSession, *, worker_id: str | None = None) -> list[WorkerView]:
    wanted = select(Worker, IS_LIVE.label("is_live")).order_by(Worker.id)
    if worker_id is not None:
        wanted = wanted.where(Worker.id == worker_id)
    held = await _held_jobs(session)
    rows = await session.execute(wanted)
    return [
        WorkerView(
            id=worker.id,
            is_live=is_live,
            accepting=worker.accepting,
            reason=worker.reason,
            wanted=worker.wanted,
            ahead=worker.ahead,
            loaded_checkpoint=worker.loaded_checkpoint,
            comfyui=worker.comfyui,
            jobs=held.get(worker.id, HeldJobs()),
            first_seen_at=worker.first_seen_at,
            last_seen_at=worker.last_seen_at,
        )
        for worker, is_live in rows
    ]


async def _held_jobs(session: AsyncSession) -> dict[str | None, HeldJobs]:
    rows = await session.execute(
        select(
            Job.worker_id,
            func.count().filter(Job.status == JobStatus.PENDING).label("waiting"),
            func.count().filter(Job.status == JobStatus.RUNNING).label("running"),
        )
        .where(Job.status.in_([JobStatus.PENDING, JobStatus.RUNNING]), Job.worker_id.is_not(None))
        .group_by(Job.worker_id)
    )
    return {row.worker_id: HeldJobs(waiting=row.waiting, running=row.running) for row in rows}


async def want(session: AsyncSession, worker_id: str, wanted: str) -> bool:
    """False: there is no such worker."""
    changed = await session.scalar(
        update(Worker).where(Worker.id == worker_id).values(wanted=wanted).returning(Worker.id)
    )
    return changed is not None


# Of the finished ones the index has no status, so all there ever were are not counted each time.
_BY_STATUS = text(
    """
    WITH start AS (
        SELECT date_trunc('day', now(), 'UTC') AS day,
            date_trunc('day', now(), 'UTC') - interval '6 days' AS week
    ), unfinished AS (
        SELECT status, count(*) AS now,
            count(*) FILTER (WHERE created_at >= day) AS today,
            count(*) FILTER (WHERE created_at >= week) AS this_week
        FROM generation_jobs, start
        WHERE user_id = :user_id AND status IN ('pending', 'running')
        GROUP BY status
    ), finished AS (
        SELECT status, 0 AS now, count(*) FILTER (WHERE finished_at >= day) AS today,
            count(*) AS this_week
        FROM generation_jobs, start
        WHERE user_id = :user_id AND finished_at >= week
        GROUP BY status
    ), ever AS (
        SELECT status, count(*) AS now, 0 AS today, 0 AS this_week
        FROM (
            SELECT status FROM generation_jobs
            WHERE user_id = :user_id AND finished_at IS NOT NULL
            ORDER BY finished_at DESC LIMIT :most
        ) AS newest
        GROUP BY status
    )
    SELECT status, sum(now)::int AS now, sum(today)::int AS today, sum(this_week)::int AS this_week
    FROM (TABLE unfinished UNION ALL TABLE finished UNION ALL TABLE ever) AS counted
    GROUP BY status
    """
)


async def count_by_status(session: AsyncSession, user_id: UUID) -> Sequence[Row[Any]]:
    """`status`, and how many `now`, `today` and `this_week`."""
    counted = await session.execute(_BY_STATUS, {"user_id": user_id, "most": MOST_COUNTED})
    rows: Sequence[Row[Any]] = counted.all()
    return rows


async def latest_items(session: AsyncSession, user_id: UUID) -> Sequence[ContentItem]:
    found = await session.scalars(
        select(ContentItem)
        .where(ContentItem.user_id == user_id, ContentItem.deleted_at.is_(None))
        .order_by(ContentItem.id.desc())
        .limit(LATEST_ITEMS)
    )
    return found.all()


async def list_dead_letters(
    session: AsyncSession, *, before: int | None, limit: int
) -> list[DeadLetterView]:
    wanted = select(DeadLetter).order_by(DeadLetter.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(DeadLetter.id < before)
    return [_dead_letter_view(letter) for letter in await session.scalars(wanted)]


async def decide(session: AsyncSession, letter_id: int, decision: str) -> DeadLetterView | None:
    """None: there is none, or it is settled. A decision may be changed until then."""
    letter = await session.scalar(
        update(DeadLetter)
        .where(DeadLetter.id == letter_id, DeadLetter.settled_at.is_(None))
        .values(decision=decision, decided_at=func.now())
        .returning(DeadLetter)
    )
    return None if letter is None else _dead_letter_view(letter)


async def dead_letter_exists(session: AsyncSession, letter_id: int) -> bool:
    return await session.get(DeadLetter, letter_id) is not None


def _dead_letter_view(letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(
        id=letter.id,
        queue=letter.queue,
        reason=letter.reason,
        body=letter.body.decode(errors="replace")[:LONGEST_BODY],
        job_id=letter.job_id,
        at=letter.at,
        decision=letter.decision,
        decided_at=letter.decided_at,
        settled_at=letter.settled_at,
    )
