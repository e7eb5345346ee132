"""Where pending jobs stand and what they wait for: one query a second and process, for everybody.

The order is the dispatcher's: jobs that a worker already has; then fair turns between users (whose
last turn lies furthest back first, each giving the next by priority and age); then jobs whose next
attempt is not due yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from shared.db.engine import Sessions, transaction
from shared.db.tables import Worker
from shared.jobs import JobStatus
from shared.remembered import Remembered
from shared.views import WaitingFor
from shared.workflows.options import IN_WORDS

FIRST = 1000
LASTS_SECONDS = 1.0

IS_LIVE = Worker.last_seen_at > func.now() - text("interval '15 seconds'")


@dataclass(frozen=True)
class Place:
    queue_position: int | None = None  # 1 = next
    waiting_for: WaitingFor | None = None


NOWHERE = Place()


@dataclass(frozen=True)
class QueueSnapshot:
    waiting: int = 0  # all pending jobs, of everybody
    places: Mapping[UUID, Place] = field(default_factory=dict)  # of the first 1,000
    everybody_waits_for: WaitingFor | None = None

    def of(self, job_id: UUID, status: JobStatus) -> Place:
        """Of a job with this status; one that is too far back or too new has no position."""
        if status != JobStatus.PENDING:
            return NOWHERE
        return self.places.get(job_id, Place(waiting_for=self.everybody_waits_for))


class Positions:
    """At most a second old; where there are so many jobs that reading takes long, a few."""

    def __init__(self, sessions: Sessions, *, lasts_seconds: float = LASTS_SECONDS) -> None:
        self._sessions = sessions
        self._remembered = Remembered(
            self._read, lasts_seconds=lasts_seconds, longest_seconds=5 * lasts_seconds
        )

    async def now(self) -> QueueSnapshot:
        """Raises DatabaseUnavailable."""
        return await self._remembered.now()

    async def _read(self) -> QueueSnapshot:
        async with transaction(self._sessions) as session:
            return await read_queue(session)


_WAITING = text("SELECT count(*) FROM generation_jobs WHERE status = 'pending'")
_IN_ORDER = text(
    """
    WITH held AS (
        SELECT id, needs, worker_id, NULL::float AS due_in, 1 AS part,
            extract(epoch FROM assigned_at)::float AS place, 0::float AS turn, id AS tie
        FROM generation_jobs
        WHERE status = 'pending' AND worker_id IS NOT NULL
        ORDER BY assigned_at LIMIT :first
    ), due AS (
        SELECT job.id, job.needs, NULL AS worker_id, NULL::float AS due_in, 2 AS part,
            job.round::float AS place,
            coalesce(extract(epoch FROM users.last_turn_at), 0)::float AS turn,
            users.id AS tie
        FROM users CROSS JOIN LATERAL (
            SELECT id, needs, row_number() OVER (ORDER BY priority DESC, id) AS round
            FROM generation_jobs
            WHERE user_id = users.id AND status = 'pending' AND worker_id IS NULL
                AND (not_before IS NULL OR not_before <= now())
            ORDER BY priority DESC, id LIMIT :first
        ) AS job
        ORDER BY place, turn, tie LIMIT :first
    ), later AS (
        SELECT id, needs, NULL AS worker_id,
            extract(epoch FROM not_before - now())::float AS due_in, 3 AS part,
            extract(epoch FROM not_before)::float AS place, 0::float AS turn, id AS tie
        FROM generation_jobs
        WHERE status = 'pending' AND worker_id IS NULL AND not_before > now()
        ORDER BY not_before LIMIT :first
    )
    SELECT id, needs, worker_id, due_in
    FROM (TABLE held UNION ALL TABLE due UNION ALL TABLE later) AS queue
    ORDER BY part, place, turn, tie LIMIT :first
    """
)


async def read_queue(session: AsyncSession) -> QueueSnapshot:
    waiting = await session.scalar(_WAITING)
    workers = await session.scalars(
        select(Worker)
        .options(load_only(Worker.accepting, Worker.reason, Worker.wanted, Worker.has))
        .where(IS_LIVE)
        .order_by(Worker.id)
    )
    jobs = (await session.execute(_IN_ORDER, {"first": FIRST})).all()
    live = [LiveWorker.of(worker) for worker in workers]
    everybody = nobody_works(live)
    reasons: dict[frozenset[str], WaitingFor | None] = {}
    places: dict[UUID, Place] = {}
    for position, job in enumerate(jobs, start=1):
        places[job.id] = Place(position, _reason(job, live, everybody, reasons))
    return QueueSnapshot(int(waiting or 0), places, everybody)


@dataclass(frozen=True)
class LiveWorker:
    id: str
    why_not: str | None  # None: it takes jobs
    has: frozenset[str]

    @classmethod
    def of(cls, worker: Worker) -> "LiveWorker":
        why_not = None
        if worker.wanted == "drain":
            why_not = "it is being drained"
        elif not worker.accepting:
            why_not = worker.reason or "it accepts no jobs"
        return cls(worker.id, why_not, frozenset(worker.has))


def _reason(
    job: Row[Any],
    live: Sequence[LiveWorker],
    everybody: WaitingFor | None,
    known: dict[frozenset[str], WaitingFor | None],
) -> WaitingFor | None:
    if job.worker_id is not None and any(worker.id == job.worker_id for worker in live):
        return None
    if job.due_in is not None:
        return WaitingFor(kind="retry", detail=f"the next attempt begins in {job.due_in:.0f} s")
    if everybody is not None:
        return everybody
    needs = frozenset(job.needs)
    if needs not in known:
        known[needs] = what_is_missing(needs, live)
    return known[needs]


def nobody_works(live: Sequence[LiveWorker]) -> WaitingFor | None:
    """What every job waits for, if it is the same for all."""
    if not live:
        return WaitingFor(kind="worker", detail="no worker is connected; start one")
    if all(worker.why_not is not None for worker in live):
        return WaitingFor(kind="comfyui", detail=_in_words(live))
    return None


def what_is_missing(needs: frozenset[str], live: Sequence[LiveWorker]) -> WaitingFor | None:
    """None: a worker that takes jobs has it all, and the job waits for its turn only."""
    able = [worker for worker in live if needs <= worker.has]
    if not able:
        missing = min((needs - worker.has for worker in live), key=len)
        nowhere = [one for one in missing if all(one not in worker.has for worker in live)]
        named = sorted(nowhere or missing)
        return WaitingFor(kind="model", detail=f"no live worker has {_named(named)}")
    if any(worker.why_not is None for worker in able):
        return None
    return WaitingFor(kind="comfyui", detail=_in_words(able))


def _in_words(workers: Sequence[LiveWorker]) -> str:
    return "; ".join(f"{worker.id}: {worker.why_not}" for worker in workers)


def _named(needs: Sequence[str]) -> str:
    shown = []
    for need in needs[:3]:
        kind, _, name = need.partition(":")
        shown.append(f'{IN_WORDS.get(kind, kind)} "{name}"')
    more = f" and {len(needs) - 3} more" if len(needs) > 3 else ""
    return ", ".join(shown) + more
