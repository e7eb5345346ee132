"""What a client is told first: the state of what it is subscribed to, then what is newer.

register ─▶ hold its events ─▶ read, in one statement ─▶ send ─▶ the held events that are newer
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.notifier import frames
from services.notifier.hub import Hub
from services.notifier.listener import Listener
from shared.db.engine import Sessions, transaction
from shared.db.positions import Positions, QueueSnapshot
from shared.db.tables import Job
from shared.db.views import job_view, select_jobs
from shared.errors import Unavailable
from shared.jobs import UNFINISHED
from shared.views import JobView

NEWEST = 1000  # jobs of a feed
RECENT = timedelta(minutes=15)


class Snapshots:
    def __init__(self, sessions: Sessions, positions: Positions, hub: Hub) -> None:
        self._sessions = sessions
        self._positions = positions
        self._hub = hub

    async def tell_jobs(self, listener: Listener, job_ids: Collection[UUID]) -> None:
        """Subscribe to them, those that are the user's. Raises DatabaseUnavailable."""
        async with listener.refreshing:
            self._hub.join_jobs(listener, job_ids)
            await self._tell(listener, feed=False, job_ids=job_ids)

    async def tell_feed(self, listener: Listener) -> None:
        """Subscribe to it. Raises DatabaseUnavailable."""
        async with listener.refreshing:
            self._hub.join_feed(listener)
            await self._tell(listener, feed=True, job_ids=())

    async def tell_everything(self, listener: Listener) -> None:
        """Again, because events were lost. Raises DatabaseUnavailable, and goes on holding."""
        async with listener.refreshing:
            listener.is_stale = False
            try:
                await self._tell(listener, feed=listener.feed, job_ids=tuple(listener.jobs))
            except Unavailable:
                listener.is_stale = True
                raise

    async def _tell(self, listener: Listener, *, feed: bool, job_ids: Collection[UUID]) -> None:
        listener.hold()
        told: list[str] = []
        found: list[JobView] = []
        queue = await self._positions.now()
        async with transaction(self._sessions) as session:
            if feed:
                jobs = await _read(session, of_feed(listener.user_id), queue)
                found += jobs[:NEWEST]
                truncated = len(jobs) > NEWEST
                told.append(frames.snapshot(jobs[:NEWEST], feed=True, truncated=truncated))
            if job_ids:
                jobs = await _read(session, named(listener.user_id, job_ids), queue)
                found += jobs
                told.append(frames.snapshot(jobs, feed=False, truncated=False))
                missing = set(job_ids) - {job.id for job in jobs}
                told += self._leave_missing(listener, missing)
        positions = {job.id: job.queue_position for job in found if job.queue_position}
        listener.positions = {**(listener.positions or {}), **positions}
        caught_up = self._hub.learn(found)
        listener.release(told, {job.id: job.version for job in found}, caught_up)

    def _leave_missing(self, listener: Listener, missing: Collection[UUID]) -> list[str]:
        self._hub.leave_jobs(listener, missing)
        return [frames.not_found(missing)] if missing else []


def named(user_id: UUID, job_ids: Collection[UUID]) -> Select[Any]:
    return select_jobs().where(Job.user_id == user_id, Job.id.in_(job_ids)).order_by(Job.id.desc())


def of_feed(user_id: UUID) -> Select[Any]:
    """All unfinished, and those finished lately; one more than are told, to know of more."""
    newest = select(Job.id).where(Job.user_id == user_id).order_by(Job.id.desc()).limit(NEWEST + 1)
    unfinished = newest.where(Job.status.in_(UNFINISHED)).subquery()
    finished = newest.where(Job.finished_at > func.now() - RECENT).subquery()
    ids = union_all(select(unfinished.c.id), select(finished.c.id))
    return select_jobs().where(Job.id.in_(ids)).order_by(Job.id.desc()).limit(NEWEST + 1)


async def _read(
    session: AsyncSession, statement: Select[Any], queue: QueueSnapshot
) -> list[JobView]:
    jobs = []
    for row in await session.execute(statement):
        place = queue.of(row.id, row.status)
        jobs.append(
            job_view(row, queue_position=place.queue_position, waiting_for=place.waiting_for)
        )
    return jobs
