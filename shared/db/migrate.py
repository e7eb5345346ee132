"""Bring a database to the schema of this code. Safe to run by many processes at once."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.db.engine import translated

MIGRATION_LOCK = 7_244_000_001


def config(connection: Connection) -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    alembic.attributes["connection"] = connection
    return alembic


async def upgrade_database(url: str) -> None:
    """Raises DatabaseUnavailable. One process migrates, the others wait for it."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with translated(), engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            await connection.execute(text("SET lock_timeout = '5s'"))
            await connection.commit()
            await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
            await connection.commit()
    finally:
        await engine.dispose()


def upgrade(url: str) -> None:
    asyncio.run(upgrade_database(url))
