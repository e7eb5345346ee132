"""Whose turn it is, and which of the first jobs in line a worker gets. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

LOOK_AHEAD = 8
MOST_OVERTAKINGS = 4


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
    user_id: UUID
    job_id: UUID
    attempt: int
    checkpoint: str | None


@dataclass(frozen=True)
class Gift:
    job: Candidate
    worker_id: str


def plan(
    rooms: Sequence[Room], waiting: Mapping[str, Sequence[Candidate]], *, most: int
) -> tuple[list[Gift], list[Room]]:
    """What to give, in order, and the rooms that get something, as they are then.

    `waiting`: for each worker what it can do, in the order of turns as they are now; after each
    gift it is every other user's turn first."""
    served: dict[UUID, int] = {}  # users, by the number of their last gift
    gifts: dict[UUID, Gift] = {}
    free = {room.worker_id: room for room in rooms}
    after: dict[str, Room] = {}
    while free and len(gifts) < most:
        # The emptiest worker first, so that jobs spread out.
        room = max(free.values(), key=lambda room: room.free)
        left = [one for one in waiting[room.worker_id] if one.job_id not in gifts]
        if not left:
            del free[room.worker_id]
            continue
        left.sort(key=lambda one: served.get(one.user_id, 0))
        job, overtakings = choose(left[:LOOK_AHEAD], room)
        gifts[job.job_id] = Gift(job, room.worker_id)
        served[job.user_id] = len(gifts)
        after[room.worker_id] = free[room.worker_id] = replace(
            room,
            free=room.free - 1,
            loaded_checkpoint=job.checkpoint or room.loaded_checkpoint,
            overtakings=overtakings,
        )
        if room.free == 1:
            del free[room.worker_id]
    return list(gifts.values()), list(after.values())


def choose(candidates: Sequence[Candidate], room: Room) -> tuple[Candidate, int]:
    """The job that this worker gets, and its count of overtakings then."""
    first = candidates[0]
    if room.loaded_checkpoint is None or room.overtakings >= MOST_OVERTAKINGS:
        return first, 0
    for candidate in candidates:
        if candidate.checkpoint == room.loaded_checkpoint:
            return candidate, 0 if candidate is first else room.overtakings + 1
    return first, 0
