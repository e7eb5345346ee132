"""Whether somebody waits in the database."""

from sqlalchemy import text

from shared.db.engine import Sessions, transaction


async def waits_for_lock(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
