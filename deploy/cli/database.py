"""The database that a command works on: DATABASE_URL, else that of `darkroom run`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from shared.db.engine import Sessions, open_engine, session_factory


@asynccontextmanager
async def database_url() -> AsyncIterator[str]:
    """Without DATABASE_URL: the PostgreSQL in DATA_DIR, started for a moment if it is not up."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    directory = Path(os.environ.get("DATA_DIR") or ".darkroom") / "postgres"
    running = EmbeddedPostgres(directory).url()
    if await _answers(running):
        yield running
        return
    async with embedded_postgres(directory) as server:
        yield server.url()


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


@asynccontextmanager
async def open_sessions() -> AsyncIterator[Sessions]:
    async with database_url() as url:
        engine = open_engine(url, process="cli", pool_size=1)
        try:
            yield session_factory(engine)
        finally:
            await engine.dispose()
