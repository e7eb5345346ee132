"""Answer claims: those that wait together in one statement, and after its commit.

Idempotent: the same claim gets the same answer, and the copy of one changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence, Set
from enum import Enum, auto
from uuid import UUID

from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from services.dispatcher.settings import Timing
from services.dispatcher.together import Together
from services.dispatcher.verdicts import MOST_RUNS
from services.dispatcher.wake import Wake
from shared.bus.base import Sender
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.quick import Quick, Statement, quick
from shared.db.tables import Job, JobEvent
from shared.jobs import JobStatus
from shared.messages import Claim, Drop, Go

MOST_TOGETHER = 64


class Granted(Enum):
    FIRST = auto()  # this claim made the job running
    AGAIN = auto()


_RAN = select(func.count()).where(
    JobEvent.job_id == bindparam("job_id"),
    JobEvent.type == "job.running",
    JobEvent.attempt < bindparam("attempt"),
)
_RUNNING = Statement(
    select(Job.id, Job.attempt, Job.worker_id).where(
        Job.id == any_(bindparam("job_ids", type_=ARRAY(Uuid))),
        Job.status == JobStatus.RUNNING,
    )
)


class Claims:
    def __init__(self, sessions: Sessions, bus: Sender, wake: Wake, timing: Timing) -> None:
        self._sessions, self._bus, self._wake, self._timing = sessions, bus, wake, timing
        self._grant = Together(self._grant_all, most=MOST_TOGETHER)

    async def answer(self, claim: Claim) -> None:
        """`go`: this attempt is running, and this worker's. `drop`: it is not, and never will be
        again."""
        given_up = claim.attempt >= MOST_RUNS and await self._gave_up(claim)
        granted = None if given_up else await self._grant(claim)
        # Seen by nobody before the commit: the worker submits on it.
        await self._bus.cast(_drop(claim) if granted is None else _go(claim, granted))
        self._wake.relay.ring(news=True)

    async def _grant_all(self, claims: Sequence[Claim]) -> list[Granted | None]:
        asked = [jobs.Asked(claim.job_id, claim.attempt, claim.worker_id) for claim in claims]
        async with quick(self._sessions) as database:
            moved = set(await jobs.claim(database, asked, lease=self._timing.lease))
            # A copy may have been first: seen by a statement that began after it had ended.
            others = {one.job_id for one in asked if one not in moved}
            running = await _running(database, others) if others else set()
        return list(_told(asked, moved=moved, running=running))

    async def _gave_up(self, claim: Claim) -> bool:
        """Whether it was started too often, and has failed for that now."""
        async with transaction(self._sessions) as session:
            values = {"job_id": claim.job_id, "attempt": claim.attempt}
            if (await session.scalar(_RAN, values) or 0) < MOST_RUNS:
                return False
            error = {
                "code": "gave_up",
                "message": f"It was started {MOST_RUNS} times and never ended.",
                "retryable": True,
            }
            await jobs.fail(session, claim.job_id, attempt=claim.attempt, error=error)
            return True


async def _running(database: Quick, job_ids: Collection[UUID]) -> set[jobs.Asked]:
    rows = await database.fetch(_RUNNING, {"job_ids": list(job_ids)})
    return {jobs.Asked(row["id"], row["attempt"], row["worker_id"]) for row in rows}


def _told(
    asked: Iterable[jobs.Asked], *, moved: Set[jobs.Asked], running: Set[jobs.Asked]
) -> Iterator[Granted | None]:
    """Of copies that were asked together one is the first: only that one submits without a look."""
    unclaimed = set(moved)
    for one in asked:
        if one in unclaimed:
            unclaimed.remove(one)
            yield Granted.FIRST
        else:
            yield Granted.AGAIN if one in moved or one in running else None


def _go(claim: Claim, granted: Granted) -> Go:
    return Go(
        worker_id=claim.worker_id,
        job_id=claim.job_id,
        attempt=claim.attempt,
        claim_id=claim.claim_id,
        is_first=granted is Granted.FIRST,
    )


def _drop(claim: Claim) -> Drop:
    return Drop(worker_id=claim.worker_id, job_id=claim.job_id, attempt=claim.attempt)
