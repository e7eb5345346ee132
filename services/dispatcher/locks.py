"""At most one dispatcher works at each of these; the others stand by.

The lock ends with the transaction, and Postgres ends the transaction of a frozen process
(idle_in_transaction_session_timeout, shared/db/engine.py), so somebody can always take over.
"""

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


class Work(IntEnum):
    RELAY = 7_244_000_010
    ASSIGN = 7_244_000_011
    REAP = 7_244_000_012


_TRY = text("SELECT pg_try_advisory_xact_lock(:key)")


async def is_mine(session: AsyncSession, work: Work) -> bool:
    return bool(await session.scalar(_TRY, {"key": int(work)}))
