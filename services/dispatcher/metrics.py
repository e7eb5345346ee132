"""What an operator must know of jobs, workers and messages: one look at the tables now and then.

Each dispatcher looks, also one that stands by. While the database is away nothing is exported.
"""

import asyncio
import time
from dataclasses import dataclass

import structlog
from sqlalchemy import text

from shared.db.engine import DatabaseUnavailable, Sessions, transaction
from shared.metrics import Looked
from shared.process import wait_or_stop

log = structlog.get_logger()

JOBS = Looked("darkroom_jobs_unfinished", "Jobs that are not over, by status", label="status")
OLDEST_PENDING = Looked(
    "darkroom_jobs_oldest_pending_seconds",
    "How long the pending job that has waited longest has been due; 0: none waits",
)
UNDECIDED = Looked(
    "darkroom_dead_letters_undecided", "Messages nobody could handle, and no admin has decided on"
)
SILENT = Looked(
    "darkroom_worker_silent_seconds",
    "Since a worker was last heard, of those that are to run and were heard within a day",
    label="worker",
)
OUTBOX_ROWS = Looked("darkroom_outbox_rows", "Messages that wait for the broker to take them")
OUTBOX_OLDEST = Looked(
    "darkroom_outbox_oldest_seconds",
    "How long the oldest message has been seen to wait for the broker; 0: none waits",
)
_ALL = (JOBS, OLDEST_PENDING, UNDECIDED, SILENT, OUTBOX_ROWS, OUTBOX_OLDEST)

# A job that is tried again is due from `not_before` on.
_LOOK = text(
    """
    WITH job AS (
        SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
            count(*) FILTER (WHERE status = 'running') AS running,
            max(extract(epoch FROM now() - greatest(created_at, not_before)))
                FILTER (WHERE status = 'pending') AS oldest
        FROM generation_jobs WHERE status IN ('pending', 'running')
    ), worker AS (
        SELECT coalesce(jsonb_object_agg(id, extract(epoch FROM now() - last_seen_at)), '{}')
            AS silent
        FROM workers WHERE wanted = 'run' AND last_seen_at > now() - interval '1 day'
    ), letter AS (
        SELECT count(*) AS undecided FROM dead_letters
        WHERE decision IS NULL AND settled_at IS NULL
    ), waiting AS (
        SELECT count(*) AS rows, min(id) AS first FROM outbox
    )
    SELECT job.pending, job.running, greatest(job.oldest, 0)::float AS oldest, worker.silent,
        letter.undecided, waiting.rows, waiting.first
    FROM job, worker, letter, waiting
    """
)


@dataclass
class OldestRow:
    """A row of the outbox has no time: it is as old as we have seen it be the first."""

    row_id: int | None = None
    since: float = 0.0

    def age(self, row_id: int | None, *, now: float) -> float:
        if row_id != self.row_id:
            self.row_id, self.since = row_id, now
        return 0.0 if row_id is None else now - self.since


async def keep_looking(sessions: Sessions, *, every: float, stop: asyncio.Event) -> None:
    oldest_row = OldestRow()
    while not stop.is_set():
        try:
            await look(sessions, oldest_row, now=time.monotonic())
        except DatabaseUnavailable as outage:
            for metric in _ALL:
                metric.set_each({})
            log.info("metrics.wait", reason=str(outage))
        await wait_or_stop(stop, every)


async def look(sessions: Sessions, oldest_row: OldestRow, *, now: float) -> None:
    async with transaction(sessions) as session:
        found = (await session.execute(_LOOK)).one()
    JOBS.set_each({"pending": found.pending, "running": found.running})
    OLDEST_PENDING.set(found.oldest or 0.0)
    UNDECIDED.set(found.undecided)
    SILENT.set_each(found.silent)
    OUTBOX_ROWS.set(found.rows)
    OUTBOX_OLDEST.set(oldest_row.age(found.first, now=now))
