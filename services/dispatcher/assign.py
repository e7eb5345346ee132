"""Which job goes to which worker: fair turns between users, then priority, then age.

A worker gets jobs while it is live, accepts, and has room: two that ComfyUI holds and `ahead`
more. Of the first eight in order it may get one whose checkpoint it has loaded.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Interval, and_, bindparam, exists, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from services.dispatcher.locks import Work, is_mine_in
from services.dispatcher.settings import Timing
from services.dispatcher.turns import LOOK_AHEAD, Candidate, Gift, Room, plan
from shared.db.engine import Sessions
from shared.db.jobs import status_in
from shared.db.quick import Quick, Statement, quick, quick_transaction
from shared.db.tables import Job, User, Worker
from shared.jobs import UNFINISHED, JobStatus, Phase

IN_COMFYUI = 2  # one running, one waiting, so that the GPU never idles
MOST_TOGETHER = 16
MOST_A_ROUND = 100

_HELD = (
    select(func.count())
    .where(
        Job.worker_id == Worker.id,
        status_in(UNFINISHED),
        Job.phase.is_distinct_from(Phase.STORED),
    )
    .correlate(Worker)
    .scalar_subquery()
)
_FREE = IN_COMFYUI + Worker.ahead - _HELD
_TAKES_JOBS = and_(
    Worker.accepting,
    Worker.wanted == "run",
    Worker.reads.contains(["generate/1"]),
    Worker.last_seen_at > func.now() - bindparam("live", type_=Interval()),
    _FREE > 0,
)
_ROOMS = Statement(
    select(
        Worker.id,
        Worker.has,
        _FREE.label("free"),
        Worker.loaded_checkpoint,
        Worker.affinity_run,
    ).where(_TAKES_JOBS)
)
_WAITS = and_(status_in([JobStatus.PENDING]), Job.worker_id.is_(None))
_MAY_GIVE = Statement(
    select(and_(exists().where(_WAITS), exists().where(_TAKES_JOBS)).label("may_give"))
)
_OWN = (
    select(Job.id, Job.attempt, Job.priority, Job.params["checkpoint"].astext.label("model"))
    .where(
        Job.user_id == User.id,
        _WAITS,
        or_(Job.not_before.is_(None), Job.not_before <= func.now()),
        Job.needs.contained_by(bindparam("has", type_=ARRAY(Text))),
    )
    .order_by(Job.priority.desc(), Job.id)
    .limit(bindparam("of_one_user"))
    .correlate(User)
    .lateral("own")
)
_CANDIDATES = Statement(
    select(User.id.label("user_id"), _OWN.c.id, _OWN.c.attempt, _OWN.c.model)
    .join(_OWN, true())
    .order_by(User.last_turn_at.asc().nulls_first(), User.id, _OWN.c.priority.desc(), _OWN.c.id)
    .limit(bindparam("of_all"))
)
# Jobs, their owners' turns in the order of the gifts, the workers, and the `generate` rows. No
# transition, no event. What was cancelled meanwhile is passed over.
_GIVE = Statement(
    text(
        """
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:job_ids AS uuid[]), CAST(:attempts AS int[]),
            CAST(:worker_ids AS text[])) WITH ORDINALITY AS gift(job_id, attempt, worker_id, place)
    ), given AS (
        UPDATE generation_jobs AS job SET worker_id = wanted.worker_id, assigned_at = now(),
            lease_expires_at = now() + CAST(:lease AS interval), unlisted = 0
        FROM wanted
        WHERE job.id = wanted.job_id AND job.attempt = wanted.attempt
            AND job.status = 'pending' AND job.worker_id IS NULL
        RETURNING job.id, job.attempt, job.user_id, wanted.place
    ), turn AS (
        UPDATE users
        SET last_turn_at = statement_timestamp() + last.place * interval '1 microsecond'
        FROM (SELECT user_id, max(place) AS place FROM given GROUP BY user_id) AS last
        WHERE users.id = last.user_id
    ), affinity AS (
        UPDATE workers SET affinity_run = state.run, loaded_checkpoint = state.loaded
        FROM unnest(CAST(:rooms AS text[]), CAST(:runs AS int[]), CAST(:loaded AS text[]))
            AS state(worker_id, run, loaded)
        WHERE workers.id = state.worker_id
    ), command AS (
        INSERT INTO outbox (job_id, attempt) SELECT id, attempt FROM given ORDER BY place
    )
    SELECT count(*) AS given FROM given
    """
    )
)


async def assign_once(sessions: Sessions, timing: Timing) -> int | None:
    """Give jobs out, MOST_A_ROUND or a few more; how many. None: another dispatcher assigns."""
    async with quick(sessions) as database:
        (hint,) = await database.fetch(_MAY_GIVE, {"live": timing.live})
    if not hint["may_give"]:
        return 0  # nor may any other dispatcher
    async with quick_transaction(sessions) as database:
        if not await is_mine_in(database, Work.ASSIGN):
            return None
        total = 0
        while total < MOST_A_ROUND:
            gifts, rooms = await _plan(database, timing)
            given = await _give(database, gifts, rooms, timing.lease) if gifts else 0
            total += given
            if given == len(gifts) < MOST_TOGETHER:
                break
    return total


async def _plan(database: Quick, timing: Timing) -> tuple[list[Gift], list[Room]]:
    rows = await database.fetch(_ROOMS, {"live": timing.live})
    rooms = [Room(*row.values()) for row in rows]
    most = min(MOST_TOGETHER, sum(room.free for room in rooms))
    waiting = {room.worker_id: await _candidates(database, room.has, most=most) for room in rooms}
    return plan(rooms, waiting, most=most)


async def _candidates(database: Quick, has: list[str], *, most: int) -> list[Candidate]:
    """As many as `most` gifts can make a difference of, in the order of turns."""
    of_one_user = most + LOOK_AHEAD
    values = {"has": has, "of_one_user": of_one_user, "of_all": most * of_one_user}
    return [Candidate(*row.values()) for row in await database.fetch(_CANDIDATES, values)]


async def _give(
    database: Quick, gifts: Sequence[Gift], rooms: Sequence[Room], lease: timedelta
) -> int:
    values: Mapping[str, Any] = {
        "job_ids": [gift.job.job_id for gift in gifts],
        "attempts": [gift.job.attempt for gift in gifts],
        "worker_ids": [gift.worker_id for gift in gifts],
        "lease": lease,
        "rooms": [room.worker_id for room in rooms],
        "runs": [room.overtakings for room in rooms],
        "loaded": [room.loaded_checkpoint for room in rooms],
    }
    (row,) = await database.fetch(_GIVE, values)
    given: int = row["given"]
    return given
