"""Which job goes to which worker: fair turns between users, then priority, then age.

A worker gets jobs while it is live, accepts, and has room: two that ComfyUI holds and `ahead`
more. Of the first eight in order it may get one whose checkpoint it has loaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, insert, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from services.dispatcher.locks import Work, is_mine
from services.dispatcher.settings import Timing
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, OutboxRow, User, Worker
from shared.jobs import UNFINISHED, JobStatus, Phase

IN_COMFYUI = 2  # one running, one waiting, so that the GPU never idles
LOOK_AHEAD = 8
MOST_OVERTAKINGS = 4
MOST_A_ROUND = 100


@dataclass(frozen=True)
class Room:
    """A worker that may get jobs."""

    worker_id: str
    has: list[str]
    free: int
    loaded_checkpoint: str | None
    overtakings: int  # times running that its loaded checkpoint let a job pass an earlier one


@dataclass(frozen=True)
class Candidate:
    job_id: UUID
    attempt: int
    checkpoint: str | None


async def assign_once(sessions: Sessions, timing: Timing) -> int:
    """Give jobs out, at most MOST_A_ROUND; how many. 0: none to give, or another assigns."""
    async with transaction(sessions) as session:
        if not await is_mine(session, Work.ASSIGN):
            return 0
        rooms = await _rooms(session, timing)
        given = 0
        while rooms and given < MOST_A_ROUND:
            # The emptiest worker first, so that jobs spread out.
            room = max(rooms, key=lambda room: room.free)
            rooms.remove(room)
            after = await _give_one(session, room, timing)
            if after is None:
                continue  # nothing for this worker
            given += 1
            if after.free > 0:
                rooms.append(after)
    return given


def choose(candidates: Sequence[Candidate], room: Room) -> tuple[Candidate, int]:
    """The job that this worker gets, and its count of overtakings then."""
    first = candidates[0]
    if room.loaded_checkpoint is None or room.overtakings >= MOST_OVERTAKINGS:
        return first, 0
    for candidate in candidates:
        if candidate.checkpoint == room.loaded_checkpoint:
            return candidate, 0 if candidate is first else room.overtakings + 1
    return first, 0


async def _give_one(session: AsyncSession, room: Room, timing: Timing) -> Room | None:
    candidates = await _candidates(session, room.has)
    if not candidates:
        return None
    chosen, overtakings = choose(candidates, room)
    if await _give(session, chosen, room.worker_id, timing):
        loaded = chosen.checkpoint or room.loaded_checkpoint
        await session.execute(
            update(Worker)
            .where(Worker.id == room.worker_id)
            .values(affinity_run=overtakings, loaded_checkpoint=loaded)
        )
        return replace(room, free=room.free - 1, loaded_checkpoint=loaded, overtakings=overtakings)
    return room  # cancelled meanwhile: look again


async def _rooms(session: AsyncSession, timing: Timing) -> list[Room]:
    held = (
        select(func.count())
        .where(
            Job.worker_id == Worker.id,
            Job.status.in_(UNFINISHED),
            Job.phase.is_distinct_from(Phase.STORED),
        )
        .correlate(Worker)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(
            Worker.id,
            Worker.has,
            (IN_COMFYUI + Worker.ahead - held).label("free"),
            Worker.loaded_checkpoint,
            Worker.affinity_run,
        ).where(
            Worker.accepting,
            Worker.wanted == "run",
            Worker.reads.contains(["generate/1"]),
            Worker.last_seen_at > func.now() - timing.live,
        )
    )
    return [Room(*row) for row in rows if row.free > 0]


async def _candidates(session: AsyncSession, has: list[str]) -> list[Candidate]:
    own = (
        select(Job.id, Job.attempt, Job.priority, Job.params["checkpoint"].astext.label("model"))
        .where(
            Job.user_id == User.id,
            Job.status == literal(JobStatus.PENDING, literal_execute=True),
            Job.worker_id.is_(None),
            or_(Job.not_before.is_(None), Job.not_before <= func.now()),
            Job.needs.contained_by(literal(has, ARRAY(Text))),
        )
        .order_by(Job.priority.desc(), Job.id)
        .limit(LOOK_AHEAD)
        .correlate(User)
        .lateral("own")
    )
    rows = await session.execute(
        select(own.c.id, own.c.attempt, own.c.model)
        .select_from(User)
        .join(own, true())
        .order_by(User.last_turn_at.asc().nulls_first(), User.id, own.c.priority.desc(), own.c.id)
        .limit(LOOK_AHEAD)
    )
    return [Candidate(*row) for row in rows]


async def _give(session: AsyncSession, job: Candidate, worker_id: str, timing: Timing) -> bool:
    """One statement: job, its owner's turn, and the `generate` row. No transition, no event."""
    given = (
        update(Job)
        .where(
            Job.id == job.job_id,
            Job.status == JobStatus.PENDING,
            Job.worker_id.is_(None),
            Job.attempt == job.attempt,
        )
        .values(
            worker_id=worker_id,
            assigned_at=func.now(),
            lease_expires_at=func.now() + timing.lease,
            unlisted=0,
        )
        .returning(Job.id, Job.attempt, Job.user_id)
        .cte("given")
    )
    turn = (
        update(User)
        .where(User.id == given.c.user_id)
        .values(last_turn_at=func.clock_timestamp())
        .returning(User.id)
        .cte("turn")
    )
    command = (
        insert(OutboxRow)
        .from_select(["job_id", "attempt"], select(given.c.id, given.c.attempt))
        .returning(OutboxRow.id)
        .cte("command")
    )
    rows = await session.execute(select(command.c.id).add_cte(turn))
    return rows.first() is not None
