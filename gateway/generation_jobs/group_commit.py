"""Jobs that arrive together are committed together: one statement, one flush for all of them.

While a commit is under way the next jobs gather for the one after it. A single job waits for
nobody; thirty at once share one round trip."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import PostgresError

from gateway.generation_jobs.queries import NewJob, insert_jobs
from gateway.metrics import BATCH_JOBS
from shared.db.engine import DatabaseUnavailable, Sessions
from shared.db.quick import quick
from shared.errors import Unavailable

LANES = 2  # so that the database works while the next jobs are read and checked
MOST_TOGETHER = 64
ANSWER_SECONDS = 20


@dataclass(frozen=True)
class _Waiting:
    job: NewJob
    created: asyncio.Future[datetime | None]


class GroupCommit:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._gathered: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()

    async def insert(self, job: NewJob) -> datetime | None:
        """When it was created, committed; None: its idempotency key is taken.

        Raises DatabaseUnavailable, and then it may or may not have been committed."""
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._gathered.append(waiting)
        self._arrived.set()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await waiting.created
        except TimeoutError as error:
            raise DatabaseUnavailable("the database does not answer") from error

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as lanes:
                for _ in range(LANES):
                    lanes.create_task(self._lane())
        finally:
            _refuse(self._gathered, Unavailable("the gateway is stopping"))

    async def _lane(self) -> None:
        while True:
            await self._arrived.wait()
            together = min(MOST_TOGETHER, len(self._gathered))
            batch = [self._gathered.popleft() for _ in range(together)]
            if not self._gathered:
                self._arrived.clear()
            BATCH_JOBS.observe(together)
            # Whoever has given up waiting has been told that the database is away.
            await self._commit([one for one in batch if not one.created.done()])

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            async with quick(self._sessions) as database:
                created = await insert_jobs(database, [waiting.job for waiting in batch])
        except DatabaseUnavailable as error:
            _refuse(batch, error)
        except PostgresError as error:
            await self._commit_each(batch, error)
        else:
            for waiting in batch:
                if not waiting.created.done():
                    waiting.created.set_result(created.get(waiting.job.id))
        finally:
            _refuse(batch, Unavailable("the gateway is stopping"))

    async def _commit_each(self, batch: Sequence[_Waiting], error: PostgresError) -> None:
        """One that the database refuses must not take the others with it."""
        if len(batch) == 1:
            _refuse(batch, error)
            return
        for waiting in batch:
            await self._commit([waiting])


def _refuse(batch: Iterable[_Waiting], error: Exception) -> None:
    """Those that have no answer yet."""
    for waiting in batch:
        if not waiting.created.done():
            waiting.created.set_exception(error)
