"""Heartbeats of workers that are known as they are: all that wait together in one statement.

What a heartbeat says anew (an instance, offers) or asks for (`yours`) is not for here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from services.dispatcher.settings import Timing
from shared.db.engine import Sessions
from shared.db.quick import Statement, quick
from shared.messages import Heartbeat

MOST_TOGETHER = 64
UNLISTED_TIMES = 2  # heartbeats that don't list a job, then it is published again
FRESH = 30  # a lease of which less than this part is over is not renewed for every change

# Leases and progress may go with a PostgreSQL that crashes, for the next heartbeat writes them
# again: so it is not waited for the disk, unless something is to be published.
#
# `listed` is read without a lock: what is no attempt of this worker any more never is again. What
# is written is locked in the order of ids, as by all who write several.
_APPLY = Statement(
    text(
        """
    WITH beat AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(:beats) AS beat(worker_id text, instance_id uuid,
            seq bigint, accepting bool, reason text, ahead int, reads text[], comfyui jsonb,
            offers_digest text, loaded_checkpoint text)
    ), held AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(:held) AS held(worker_id text, place int, job_id uuid,
            attempt int, phase text, progress float8)
    ), newer AS (
        SELECT worker.id FROM workers AS worker JOIN beat ON beat.worker_id = worker.id
        WHERE worker.instance_id = beat.instance_id AND worker.seq < beat.seq
            AND worker.offers_digest = beat.offers_digest
        ORDER BY worker.id FOR NO KEY UPDATE OF worker
    ), known AS (
        UPDATE workers AS worker SET last_seen_at = now(), seq = beat.seq,
            accepting = beat.accepting, reason = beat.reason, ahead = beat.ahead,
            reads = beat.reads, comfyui = beat.comfyui,
            loaded_checkpoint = coalesce(beat.loaded_checkpoint, worker.loaded_checkpoint)
        FROM newer JOIN beat ON beat.worker_id = newer.id
        WHERE worker.id = newer.id
        RETURNING worker.id
    ), there AS MATERIALIZED (
        SELECT job.id, job.worker_id, job.attempt, job.assigned_at, job.lease_expires_at,
            job.unlisted, job.phase, job.progress
        FROM known JOIN generation_jobs AS job ON job.worker_id = known.id
        WHERE job.status IN ('pending', 'running')
    ), listed AS MATERIALIZED (
        SELECT there.*, held.place, held.phase AS now_in, held.progress AS now_at
        FROM there JOIN held ON held.worker_id = there.worker_id AND held.job_id = there.id
            AND held.attempt = there.attempt
    ), due AS (
        SELECT due.*
        FROM (
            SELECT id, worker_id, attempt, now_in, now_at, 0 AS unlisted, true AS is_listed
            FROM listed
            WHERE (phase, progress, listed.unlisted) IS DISTINCT FROM (now_in, now_at, 0)
                OR lease_expires_at IS NULL
                OR lease_expires_at < now() + CAST(:fresh AS interval)
            UNION ALL
            SELECT id, worker_id, attempt, phase, progress,
                CASE WHEN unlisted + 1 < :times THEN unlisted + 1 ELSE 0 END, false
            FROM there
            WHERE assigned_at < now() - CAST(:after AS interval) AND NOT EXISTS (
                SELECT FROM held WHERE held.worker_id = there.worker_id AND held.job_id = there.id)
        ) AS due
        JOIN generation_jobs AS job ON job.id = due.id AND job.attempt = due.attempt
            AND job.worker_id = due.worker_id AND job.status IN ('pending', 'running')
        ORDER BY job.id FOR NO KEY UPDATE OF job
    ), written AS (
        UPDATE generation_jobs AS job SET phase = due.now_in, progress = due.now_at,
            unlisted = due.unlisted, lease_expires_at = CASE WHEN due.is_listed
                THEN now() + CAST(:lease AS interval) ELSE job.lease_expires_at END
        FROM due WHERE job.id = due.id
    ), lost AS (
        SELECT * FROM due WHERE NOT is_listed AND unlisted = 0
    ), command AS (
        INSERT INTO outbox (job_id, attempt) SELECT id, attempt FROM lost
    )
    SELECT known.id AS worker_id,
        ARRAY(SELECT place FROM held WHERE held.worker_id = known.id AND NOT EXISTS (
            SELECT FROM listed WHERE listed.worker_id = known.id AND listed.place = held.place)
            ORDER BY place) AS strange,
        (SELECT count(*) FROM lost WHERE lost.worker_id = known.id) AS lost,
        CASE WHEN NOT EXISTS (SELECT FROM lost)
            THEN set_config('synchronous_commit', 'off', true) END
    FROM known
    """
    ).bindparams(bindparam("beats", type_=JSONB()), bindparam("held", type_=JSONB()))
)


@dataclass(frozen=True)
class Applied:
    """What came of a heartbeat."""

    strange: Sequence[int]  # places of what it lists but is not, or no longer, its attempt
    lost: int  # of its attempts that are published again


class KnownWorkers:
    def __init__(self, sessions: Sessions, timing: Timing) -> None:
        self._sessions = sessions
        self._times = {
            "lease": timing.lease,
            "fresh": timing.lease - timing.lease / FRESH,
            "after": timing.unlisted_after,
            "times": UNLISTED_TIMES,
        }

    async def apply(self, heartbeats: Sequence[Heartbeat]) -> list[Applied | None]:
        """One of each worker. None: nothing was done, for it is old, or says something new."""
        given = {
            "beats": [_beat(heartbeat) for heartbeat in heartbeats],
            "held": [held for heartbeat in heartbeats for held in _held(heartbeat)],
        }
        async with quick(self._sessions) as database:
            rows = await database.fetch(_APPLY, given | self._times)
        applied = {row["worker_id"]: Applied(row["strange"], row["lost"]) for row in rows}
        return [applied.get(heartbeat.worker_id) for heartbeat in heartbeats]


def says_nothing_new(heartbeat: Heartbeat) -> bool:
    """As far as can be told without the row of its worker. Offers have a digest by which they are
    known."""
    has_digest = heartbeat.offers is None or bool(heartbeat.offers_digest)
    return has_digest and not heartbeat.needs_yours


def checkpoint_of(heartbeat: Heartbeat) -> str | None:
    """While it holds jobs, the checkpoint of the last one given to it says more."""
    return None if heartbeat.attempts else heartbeat.loaded_checkpoint


def _beat(heartbeat: Heartbeat) -> dict[str, Any]:
    return {
        "worker_id": heartbeat.worker_id,
        "instance_id": heartbeat.instance_id,
        "seq": heartbeat.seq,
        "accepting": heartbeat.accepting,
        "reason": heartbeat.reason,
        "ahead": heartbeat.ahead,
        "reads": heartbeat.reads,
        "comfyui": heartbeat.comfyui,
        "offers_digest": heartbeat.offers_digest,
        "loaded_checkpoint": checkpoint_of(heartbeat),
    }


def _held(heartbeat: Heartbeat) -> list[dict[str, Any]]:
    return [
        {
            "worker_id": heartbeat.worker_id,
            "place": place,
            "job_id": held.job_id,
            "attempt": held.attempt,
            "phase": held.phase,
            "progress": held.progress,
        }
        for place, held in enumerate(heartbeat.attempts)
    ]
