"""The database that a command works on: DATABASE_URL, else that of `darkroom run`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.exc import ProgrammingError

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from shared.db.engine import Sessions, open_engine, session_factory
from shared.db.migrate import upgrade_database
from shared.errors import Refused
from shared.settings import given

UNDEFINED_TABLE = "42P01"


def own_directory() -> Path:
    return Path(os.environ.get("DATA_DIR") or ".darkroom") / "postgres"


@asynccontextmanager
async def database_url() -> AsyncIterator[str]:
    """Without DATABASE_URL (or its file): the PostgreSQL in DATA_DIR, started for a moment if it is
    not up, and brought up to date, as `darkroom run` does too."""
    named = given("DATABASE_URL")
    if named:
        yield named
        return
    running = EmbeddedPostgres(own_directory()).url()
    if await _answers(running):
        yield running
        return
    async with embedded_postgres(own_directory()) as server:
        await upgrade_database(server.url())
        yield server.url()


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""), timeout=3)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


class NoTables(Refused):
    code = "no_tables"


@asynccontextmanager
async def open_sessions() -> AsyncIterator[Sessions]:
    """Raises NoTables where nobody has migrated yet."""
    async with database_url() as url:
        engine = open_engine(url, process="cli", pool_size=1)
        try:
            yield session_factory(engine)
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != UNDEFINED_TABLE:
                raise
            raise NoTables("The database has no tables yet. Run `darkroom migrate`.") from error
        finally:
            await engine.dispose()
