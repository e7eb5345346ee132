"""At most one dispatcher works at each of these; the others stand by.

The lock ends with the transaction, and Postgres ends the transaction of a frozen process
(idle_in_transaction_session_timeout, shared/db/engine.py), so somebody can always take over.
"""

from enum import IntEnum

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.quick import Quick, Statement


class Work(IntEnum):
    RELAY = 7_244_000_010
    ASSIGN = 7_244_000_011
    REAP = 7_244_000_012


_TRY = select(func.pg_try_advisory_xact_lock(bindparam("key", type_=BigInteger())).label("mine"))
_TRY_QUICKLY = Statement(_TRY)


async def is_mine(session: AsyncSession, work: Work) -> bool:
    return bool(await session.scalar(_TRY, {"key": int(work)}))


async def is_mine_in(database: Quick, work: Work) -> bool:
    """A statement of its own: what it guards is read by one that begins when the lock is held."""
    (row,) = await database.fetch(_TRY_QUICKLY, {"key": int(work)})
    return bool(row["mine"])
