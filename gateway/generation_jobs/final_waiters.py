"""`Prefer: wait`: many requests wait for jobs to end, one query now and then looks for all."""

import asyncio
import re
from collections import Counter
from uuid import UUID

from gateway.generation_jobs.queries import final_or_gone
from shared.db.engine import DatabaseUnavailable, Sessions, transaction
from shared.process import wait_or_stop

MOST_WAITERS = 200
LONGEST_SECONDS = 60

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)


def preferred_seconds(prefer: str | None) -> int:
    """Of a Prefer header; 0: none. What it does not understand is passed over, as RFC 7240 asks."""
    match = _WAIT.search(prefer or "")
    return min(int(match[1]), LONGEST_SECONDS) if match else 0


class FinalWaiters:
    def __init__(self, sessions: Sessions, *, poll_seconds: float) -> None:
        self._sessions = sessions
        self._poll_seconds = poll_seconds
        self.waiting_for: Counter[UUID] = Counter()
        self._ended: dict[UUID, asyncio.Event] = {}
        self._somebody = asyncio.Event()
        self._stopping = False

    async def wait(self, job_id: UUID, seconds: float) -> None:
        """Until the job is final or gone, the time is over, or we stop. No session is held."""
        if self._stopping or self.waiting_for.total() >= MOST_WAITERS:
            return
        ended = self._ended.setdefault(job_id, asyncio.Event())
        self.waiting_for[job_id] += 1
        self._somebody.set()
        try:
            await wait_or_stop(ended, seconds)
        finally:
            self.waiting_for[job_id] -= 1
            if not self.waiting_for[job_id]:
                del self.waiting_for[job_id], self._ended[job_id]

    def release_all(self) -> None:
        """Nobody waits any longer, nor begins to."""
        self._stopping = True
        for ended in self._ended.values():
            ended.set()

    async def run(self) -> None:
        while True:
            await self._somebody.wait()
            await asyncio.sleep(self._poll_seconds)
            if not self._ended:
                self._somebody.clear()
                continue
            for job_id in await self._look(list(self._ended)):
                if job_id in self._ended:
                    self._ended[job_id].set()

    async def _look(self, job_ids: list[UUID]) -> set[UUID]:
        try:
            async with transaction(self._sessions) as session:
                return set(await final_or_gone(session, job_ids))
        except DatabaseUnavailable:
            return set()  # they wait on; whoever reads the job afterwards is told
