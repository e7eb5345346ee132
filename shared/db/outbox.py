"""Transactional outbox: a message leaves only if the change it announces was committed.

Transitions write their own rows (shared/db/jobs.py). What has no event row carries its body here.
"""

from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db.engine import Sessions, transaction
from shared.db.tables import OutboxRow
from shared.messages import Message

NUDGE_CHANNEL = "darkroom_nudge"


async def announce(session: AsyncSession, message: Message) -> None:
    """Queue a `content.*` or `job.deleted` event in the caller's transaction."""
    body: dict[str, Any] = message.model_dump(mode="json")
    await session.execute(insert(OutboxRow).values(body=body))


async def nudge(sessions: Sessions) -> None:
    """Wake the dispatcher. Call it after the commit: inside, NOTIFY serialises all commits.

    Losing it costs a second: the dispatcher looks by itself. Raises DatabaseUnavailable.
    """
    async with transaction(sessions) as session:
        await session.execute(text(f"NOTIFY {NUDGE_CHANNEL}"))
