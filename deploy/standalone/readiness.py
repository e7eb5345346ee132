"""Is there a worker that takes jobs, and is it known what it offers?"""

import asyncio
from contextlib import suppress

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.engine import Sessions, transaction
from shared.db.positions import IS_LIVE
from shared.db.tables import Worker

PAUSE_SECONDS = 0.05
TAKES_JOBS = (
    select(Worker.id).where(IS_LIVE, Worker.accepting, Worker.offers != literal({}, JSONB)).limit(1)
)


async def takes_jobs(sessions: Sessions, *, within: float) -> bool:
    """`within` so many seconds. Sooner, a job that names a checkpoint might be refused."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not await _takes_jobs(sessions):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(PAUSE_SECONDS)
            return True
    return False


async def _takes_jobs(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return await session.scalar(TAKES_JOBS) is not None
