"""How many unfinished jobs a user may have: counted exactly where it matters, cheaply elsewhere.

Far from the limit a count serves for as long as others could not have used up the room that is
left; within 200 of it each job is counted in its own transaction, under the user's row lock."""

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.errors import TooManyUnfinished
from gateway.generation_jobs.queries import (
    NewJob,
    count_unfinished,
    insert_jobs,
    lock_limit,
)
from shared.auth import Identity
from shared.db.engine import Sessions
from shared.db.quick import quick, quick_transaction

CLOSE = 200
FASTEST_PER_SECOND = 20_000  # more than all gateways together accept
LONGEST_SECONDS = 10.0


def serves_seconds(*, room: int) -> float:
    """How long a count that leaves `room` can be trusted."""
    return max(0.0, min((room - CLOSE) / FASTEST_PER_SECOND, LONGEST_SECONDS))


@dataclass
class _Count:
    unfinished: int = 0  # in the database at the last look, and let in here since
    in_flight: int = 0  # let in here, and perhaps not yet to be seen in the database
    until: float = -math.inf  # of time.monotonic()


class UnfinishedLimit:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._counts: dict[UUID, _Count] = {}

    @asynccontextmanager
    async def room_for_one(self, identity: Identity) -> AsyncIterator[bool]:
        """Around an insert. True: there is ample room; False: count exactly."""
        count = self._counts.setdefault(identity.user_id, _Count())
        if time.monotonic() >= count.until:
            await self._look(identity, count)
        count.unfinished += 1
        count.in_flight += 1
        try:
            yield identity.max_unfinished - count.unfinished >= CLOSE
        finally:
            count.in_flight -= 1

    async def _look(self, identity: Identity, count: _Count) -> None:
        async with quick(self._sessions) as database:
            unfinished = await count_unfinished(
                database, identity.user_id, at_most=identity.max_unfinished
            )
        count.unfinished = unfinished + count.in_flight
        room = identity.max_unfinished - count.unfinished
        count.until = time.monotonic() + serves_seconds(room=room)


async def insert_within_limit(sessions: Sessions, job: NewJob) -> datetime | None:
    """When it was created; None: its idempotency key is taken. Raises TooManyUnfinished."""
    async with quick_transaction(sessions) as database:
        limit = await lock_limit(database, job.user_id)
        unfinished = await count_unfinished(database, job.user_id, at_most=limit + 1)
        created = await insert_jobs(database, [job])
        # Asked after the insert: who repeats an accepted request is told of it, not of the limit.
        if created and unfinished >= limit:
            raise TooManyUnfinished(
                f"{limit} unfinished jobs are the most you may have; "
                "some have to finish or be cancelled first"
            )
        return created.get(job.id)
