"""Apply a worker's heartbeat: what it is, what it holds, and what it should hold but does not.

Idempotent: a heartbeat that is not newer than the last one of its instance changes nothing.
Heals: lost `generate` (not listed: published again), lost `drop` (listed, but not current), lost
`yours` (asked for until it comes), silence (leases of what is listed are renewed).
"""

from collections.abc import Container, Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, func, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.dispatcher.heartbeat_sql import (
    COUNT_UNLISTED,
    DESCRIBE,
    KNOWN,
    RENEW,
    RESET_UNLISTED,
    UNFINISHED_THERE,
)
from services.dispatcher.known_workers import (
    MOST_TOGETHER,
    Applied,
    KnownWorkers,
    checkpoint_of,
    says_nothing_new,
)
from services.dispatcher.settings import Timing
from services.dispatcher.together import Together
from services.dispatcher.wake import Wake
from shared.bus.base import Sender
from shared.db.engine import Sessions, transaction
from shared.db.tables import OutboxRow, Worker
from shared.jobs import JobId
from shared.messages import AttemptRef, Drop, Heartbeat, HeldAttempt, Yours
from shared.workflows.requirements import Offers

log = structlog.get_logger()

AnyRow = Row[*tuple[Any, ...]]


class Heartbeats:
    def __init__(self, sessions: Sessions, bus: Sender, wake: Wake, timing: Timing) -> None:
        self._sessions, self._bus, self._wake, self._timing = sessions, bus, wake, timing
        known = KnownWorkers(sessions, timing)
        self._apply_known = Together(known.apply, most=MOST_TOGETHER)

    async def take(self, heartbeat: Heartbeat) -> None:
        """Not two of one worker at a time."""
        applied = await self._apply_known(heartbeat) if says_nothing_new(heartbeat) else None
        if applied is None:
            applied = await self._apply(heartbeat)
        if applied is None:
            return
        for place in applied.strange:
            await self._bus.cast(_drop(heartbeat, heartbeat.attempts[place]))
        if applied.lost:
            log.info("attempts.published_again", count=applied.lost)
            self._wake.relay.ring(news=True)
        if heartbeat.accepting:
            # No news: whoever works hears of rooms by heartbeats as well.
            self._wake.assign.ring()

    async def _apply(self, heartbeat: Heartbeat) -> Applied | None:
        """None: it is old."""
        async with transaction(self._sessions) as session:
            known = await _known_worker(session, heartbeat.worker_id)
            if known is not None and _is_old(heartbeat, known):
                return None
            await _describe(session, heartbeat, known)
            current = await _renew(session, heartbeat, self._timing)
            lost = await _count_unlisted(session, heartbeat, self._timing)
            if known is None or known.instance_id != heartbeat.instance_id:
                log.info("worker.started", worker_id=heartbeat.worker_id)
                lost = await _all_unlisted(session, heartbeat)
            await _publish_again(session, lost)
            yours = await _yours(session, heartbeat) if heartbeat.needs_yours else None
        if yours is not None:
            await self._bus.cast(yours)
        return Applied(_strange(heartbeat, current), len(lost))


async def _known_worker(session: AsyncSession, worker_id: str) -> AnyRow | None:
    row: AnyRow | None = (await session.execute(KNOWN, {"this_worker": worker_id})).one_or_none()
    return row


def _is_old(heartbeat: Heartbeat, known: AnyRow) -> bool:
    return bool(known.instance_id == heartbeat.instance_id and known.seq >= heartbeat.seq)


async def _describe(session: AsyncSession, heartbeat: Heartbeat, known: AnyRow | None) -> None:
    said: dict[str, Any] = {
        "instance_id": heartbeat.instance_id,
        "seq": heartbeat.seq,
        "accepting": heartbeat.accepting,
        "reason": heartbeat.reason,
        "ahead": heartbeat.ahead,
        "reads": list(heartbeat.reads),
        "comfyui": heartbeat.comfyui,
    }
    if (checkpoint := checkpoint_of(heartbeat)) is not None:
        said["loaded_checkpoint"] = checkpoint
    if heartbeat.offers is not None:
        offers = Offers.model_validate(heartbeat.offers)
        said |= {"offers": heartbeat.offers, "has": offers.has()}
        said["offers_digest"] = heartbeat.offers_digest
    elif known is None or known.offers_digest != heartbeat.offers_digest:
        # It offers something else, and what has not arrived: give it nothing until it has.
        said |= {"offers": {}, "has": [], "offers_digest": ""}
    if known is not None:
        await session.execute(DESCRIBE, said | {"this_worker": known.id})
        return
    said["last_seen_at"] = func.now()
    await session.execute(
        upsert(Worker)
        .values(id=heartbeat.worker_id, **said)
        .on_conflict_do_update(index_elements=[Worker.id], set_=said)
    )


async def _renew(
    session: AsyncSession, heartbeat: Heartbeat, timing: Timing
) -> set[tuple[JobId, int]]:
    """Renew the leases of what it holds, and return which of that are current attempts."""
    if not heartbeat.attempts:
        return set()
    held = {
        "job_ids": _listed(heartbeat),
        "attempts": [held.attempt for held in heartbeat.attempts],
        "phases": [held.phase for held in heartbeat.attempts],
        "progresses": [held.progress for held in heartbeat.attempts],
        "this_worker": heartbeat.worker_id,
        "lease": timing.lease,
    }
    return {(JobId(row.id), row.attempt) for row in await session.execute(RENEW, held)}


async def _count_unlisted(
    session: AsyncSession, heartbeat: Heartbeat, timing: Timing
) -> list[AttemptRef]:
    """Count the heartbeats that don't list a job; those to be published again start at 0."""
    values = _unlisted_by(heartbeat) | {"after": timing.unlisted_after}
    rows = await session.execute(COUNT_UNLISTED, values)
    return [_ref(row) for row in rows if row.unlisted == 0]


async def _all_unlisted(session: AsyncSession, heartbeat: Heartbeat) -> list[AttemptRef]:
    """A new instance has forgotten everything: it gets its attempts again, unchanged."""
    return [_ref(row) for row in await session.execute(RESET_UNLISTED, _unlisted_by(heartbeat))]


def _strange(heartbeat: Heartbeat, current: Container[tuple[JobId, int]]) -> list[int]:
    return [
        place
        for place, held in enumerate(heartbeat.attempts)
        if (held.job_id, held.attempt) not in current
    ]


def _unlisted_by(heartbeat: Heartbeat) -> dict[str, Any]:
    return {"this_worker": heartbeat.worker_id, "listed": _listed(heartbeat)}


def _listed(heartbeat: Heartbeat) -> list[UUID]:
    return [held.job_id for held in heartbeat.attempts]


async def _publish_again(session: AsyncSession, lost: Sequence[AttemptRef]) -> None:
    if lost:
        rows = [{"job_id": ref.job_id, "attempt": ref.attempt} for ref in lost]
        await session.execute(insert(OutboxRow), rows)


async def _yours(session: AsyncSession, heartbeat: Heartbeat) -> Yours:
    rows = await session.execute(UNFINISHED_THERE, {"this_worker": heartbeat.worker_id})
    return Yours(
        worker_id=heartbeat.worker_id,
        instance_id=heartbeat.instance_id,
        attempts=tuple(_ref(row) for row in rows),
    )


def _ref(row: Any) -> AttemptRef:
    return AttemptRef(job_id=row.id, attempt=row.attempt)


def _drop(heartbeat: Heartbeat, held: HeldAttempt) -> Drop:
    return Drop(worker_id=heartbeat.worker_id, job_id=held.job_id, attempt=held.attempt)
