"""Open the database. Every unit of work reads `async with sessions.begin() as session:`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.errors import Unavailable

Sessions = async_sessionmaker[AsyncSession]

# What asyncpg and the kernel raise when the server is away, starting, stopping or full.
# 57P0x: shut down; 53300: too many connections; 25P03: our transaction idled too long; 55P03: lock;
# 3D, 28: not restored yet, or its operator is changing passwords
_AWAY_SQLSTATES = ("08", "57P", "53", "25P03", "55P03", "40", "3D", "28")


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


def open_engine(url: str, *, process: str, pool_size: int = 5) -> AsyncEngine:
    """`process` appears in `pg_stat_activity.application_name`."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 5,
            "command_timeout": 15,
            "server_settings": {
                "application_name": f"darkroom {process}",
                "jit": "off",
                "idle_in_transaction_session_timeout": "10s",
            },
        },
    )


def session_factory(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, rather than the statement wrong."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return (
                isinstance(error, InterfaceError | OperationalError)
                or is_outage(error.orig.__cause__ or error.orig)
                if error.orig is not None
                else True
            )
        return str(state).startswith(_AWAY_SQLSTATES)
    return isinstance(error, OSError | TimeoutError | PoolTimeout | DatabaseUnavailable)


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """An outage inside becomes DatabaseUnavailable; everything else passes."""
    try:
        yield
    except (DBAPIError, OSError, PoolTimeout) as error:
        if is_outage(error):
            raise DatabaseUnavailable("the database does not answer") from error
        raise


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """`sessions.begin()` whose outages are DatabaseUnavailable. Use this one everywhere."""
    async with translated(), sessions.begin() as session:
        yield session


async def reachable(sessions: Sessions) -> None:
    """A readiness check. Raises DatabaseUnavailable."""
    async with transaction(sessions) as session:
        await session.execute(text("SELECT 1"))
