"""Open the database. Every unit of work reads `async with sessions.begin() as session:`."""

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from sqlalchemy import event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from shared.errors import Unavailable

Sessions = async_sessionmaker[AsyncSession]

TESTED_SECONDS = 1.0  # how long a test of a connection, or its use, is believed

# What asyncpg and the kernel raise when the server is away, starting, stopping or full.
# 57P0x: shut down; 53300: too many connections; 25P03: our transaction idled too long; 55P03: lock;
# 3D, 28: not restored yet, or its operator is changing passwords
_AWAY_SQLSTATES = ("08", "57P", "53", "25P03", "55P03", "40", "3D", "28")

_REFUSED = "28"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"


def open_engine(url: str, *, process: str, pool_size: int = 5) -> AsyncEngine:
    """`process` appears in `pg_stat_activity.application_name`."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
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
    _test_before_use(engine)
    return engine


def _test_before_use(engine: AsyncEngine) -> None:
    """Whether a pooled connection still lives. SQLAlchemy's own test is three round trips before
    each transaction; of a connection that was in use just now its being open says enough."""

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_: object, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def test(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        if time.monotonic() - record.info.get("used_at", math.inf) < TESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def session_factory(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


def is_outage(error: BaseException) -> bool:
    """Whether the database is away, rather than the statement wrong."""
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate).startswith(_AWAY_SQLSTATES)
    if isinstance(error, asyncpg.InternalClientError):
        return True  # what asyncpg says of a connection that the server ended while we were frozen
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # an argument that does not fit its type
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
    except (
        DBAPIError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
        PoolTimeout,
    ) as error:
        if is_outage(error):
            raise DatabaseUnavailable(_what_is_wrong(error)) from error
        raise


def _what_is_wrong(error: BaseException) -> str:
    state = str(getattr(getattr(error, "orig", error), "sqlstate", None))
    if state.startswith(_REFUSED):
        return "the database refuses our user or password"
    return "the database does not answer"


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """`sessions.begin()` whose outages are DatabaseUnavailable. Use this one everywhere."""
    async with translated(), sessions.begin() as session:
        yield session


async def reachable(sessions: Sessions) -> None:
    """A readiness check. Raises DatabaseUnavailable."""
    async with transaction(sessions) as session:
        await session.execute(text("SELECT 1"))
