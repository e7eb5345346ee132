"""Transactional outbox: a message leaves only if the change it announces was committed.

Transitions write their own rows (shared/db/jobs.py). What has no event row carries its body here.
"""

from sqlalchemy import bindparam, insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Sessions
from shared.db.quick import Quick, Statement, quick
from shared.db.tables import OutboxRow
from shared.messages import Message

NUDGE_CHANNEL = "darkroom_nudge"

_ANNOUNCE = insert(OutboxRow).values(body=bindparam("said", type_=JSONB()))
_ANNOUNCE_QUICKLY = Statement(_ANNOUNCE)
# It may be lost, so it does not wait for the disk.
_NOTIFY = Statement(
    text(f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{NUDGE_CHANNEL}', '')")
)


async def announce(session: AsyncSession, message: Message) -> None:
    """Queue a `content.*` or `job.deleted` event in the caller's transaction."""
    await session.execute(_ANNOUNCE, {"said": message.model_dump(mode="json")})


async def announce_in(database: Quick, message: Message) -> None:
    await database.fetch(_ANNOUNCE_QUICKLY, {"said": message.model_dump(mode="json")})


async def nudge(sessions: Sessions) -> None:
    """Wake the dispatcher. Call it after the commit: inside, NOTIFY serialises all commits.

    Losing it costs a second: the dispatcher looks by itself. Raises DatabaseUnavailable.
    """
    async with quick(sessions) as database:
        await database.fetch(_NOTIFY)
