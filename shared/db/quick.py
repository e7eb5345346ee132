"""The statements of the hot paths, run on asyncpg itself.

Through a session a statement takes five times the processor's time: session, transaction, greenlets
and result are each an object graph of their own. So what runs for every job is written like all
other SQL, compiled once, and run on the session's own pool without a session.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import JSON, ClauseElement
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler

from shared.db.engine import DatabaseUnavailable, Sessions, translated

Rows = Sequence[Mapping[str, Any]]

_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class Statement:
    """A statement of SQLAlchemy, compiled when the process starts."""

    def __init__(self, source: ClauseElement) -> None:
        compiled = source.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - not so for CREATE TABLE
        names = compiled.positiontup or ()
        self.sql = str(compiled)
        self._fixed: Mapping[str, Any] = compiled.params
        self._names = tuple((name, _is_json(compiled.binds[name].type)) for name in names)

    def arguments(self, given: Mapping[str, Any]) -> list[Any]:
        """In the order of the statement; what is not given has its fixed value, or is null."""
        values = {**self._fixed, **given}
        return [
            _encoded(values[name]) if is_json else values[name] for name, is_json in self._names
        ]


class Quick:
    """A connection, for as long as its context lasts."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def fetch(self, statement: Statement, given: Mapping[str, Any] | None = None) -> Rows:
        rows: Rows = await self._connection.fetch(statement.sql, *statement.arguments(given or {}))
        return rows


@asynccontextmanager
async def quick(sessions: Sessions) -> AsyncIterator[Quick]:
    """Each statement is a transaction of its own. Raises DatabaseUnavailable."""
    async with translated(), _pooled(sessions) as connection:
        yield Quick(connection)


@asynccontextmanager
async def quick_transaction(sessions: Sessions) -> AsyncIterator[Quick]:
    """All statements are one transaction. Raises DatabaseUnavailable."""
    async with translated(), _pooled(sessions) as connection, connection.transaction():
        yield Quick(connection)


@asynccontextmanager
async def _pooled(sessions: Sessions) -> AsyncIterator[asyncpg.Connection]:
    engine: AsyncEngine = sessions.kw["bind"]
    try:
        pooled = await engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise DatabaseUnavailable("the database takes no connection") from error
    try:
        yield pooled.driver_connection
    except BaseException:
        # Whatever is still under way on it, the next one must not find it there.
        pooled.invalidate()
        raise
    finally:
        pooled.close()


def _is_json(type_: object) -> bool:
    return isinstance(type_, JSON)


def _encoded(value: object) -> str | None:
    """The engine's codec takes JSON as text. It gives it as values, so rows need no decoding."""
    return None if value is None else orjson.dumps(value).decode()
