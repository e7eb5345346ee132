"""The legacy database: one read-only transaction, which sees it as it was when it began."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg

from deploy.legacy_import.queries import relation_of
from deploy.legacy_import.schema import (
    CONTENT_TABLES,
    ITEMS_ALL,
    KNOWN,
    Schema,
    WrongSchema,
    schema_of,
)
from shared.db.engine import is_outage
from shared.errors import Refused, Unavailable

ROWS_AT_ONCE = 200
CONNECT_SECONDS = 10
FAILURES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

Record = Mapping[str, Any]

_COLUMNS = """
    SELECT relname::text AS table, attname::text AS column, format_type(atttypid, NULL) AS type,
        has_table_privilege(pg_class.oid, 'SELECT') AS is_readable
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relname = ANY($1) AND pg_table_is_visible(pg_class.oid)
        AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped"""


class SourceRefused(Refused):
    """The legacy database lets nobody in, or its address is none."""

    code = "source_refused"


class SourceUnavailable(Unavailable):
    code = "source_unavailable"


class Source:
    def __init__(self, connection: "asyncpg.Connection", schema: Schema) -> None:
        self._connection = connection
        self.schema = schema

    async def fetch(self, query: str, *given: object) -> list[Record]:
        with translated():
            rows: list[Record] = await self._connection.fetch(query, *given)
            return rows

    async def batches(self, query: str) -> AsyncIterator[list[Record]]:
        """All rows, never more of them in memory than one batch."""
        with translated():
            cursor = await self._connection.cursor(query)
        while True:
            with translated():
                rows = await cursor.fetch(ROWS_AT_ONCE)
            if not rows:
                return
            yield rows

    def has(self, table: str) -> bool:
        return self.schema.has(table)

    async def refuse_doubles(self, table: str) -> None:
        """Where the primary key was not restored, anything may be twice. Raises WrongSchema."""
        found = await self.fetch(
            f"SELECT id FROM {relation_of(self.schema, table)}"  # noqa: S608
            " GROUP BY id HAVING count(*) > 1 OR id IS NULL LIMIT 1"
        )
        if found:
            raise WrongSchema(
                f"this is no whole legacy database: {table} has id {found[0]['id']} more than once,"
                " so its primary key was not restored"
            )


@asynccontextmanager
async def open_source(url: str) -> AsyncIterator[Source]:
    """Raises SourceRefused, SourceUnavailable, WrongSchema."""
    with translated():
        connection = await asyncpg.connect(
            _address(url),
            timeout=CONNECT_SECONDS,
            server_settings={
                "application_name": "darkroom import-legacy",
                "default_transaction_read_only": "on",
                # One batch may wait for the files of the one before it, however many they are.
                "idle_in_transaction_session_timeout": "0",
                "statement_timeout": "0",
                "row_security": "off",  # an error, where rows would be hidden from us
                "timezone": "UTC",
            },
        )
    try:
        with translated():
            await connection.transaction(isolation="repeatable_read", readonly=True).start()
        yield Source(connection, await _schema(connection))
    finally:
        # Nothing was written, so there is nothing to roll back; and it may be gone.
        with suppress(*FAILURES):
            await connection.close(timeout=CONNECT_SECONDS)


def _address(url: str) -> str:
    """SQLAlchemy's way to write it is understood too."""
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.partition("+")[0] not in ("postgres", "postgresql"):
        raise SourceRefused("--from must be an address of PostgreSQL: postgresql://user@host/name")
    return f"{scheme.partition('+')[0]}://{rest}"


async def _schema(connection: "asyncpg.Connection") -> Schema:
    with translated():
        rows = await connection.fetch(_COLUMNS, list(KNOWN))
    locked = sorted({row["table"] for row in rows if not row["is_readable"]})
    if any(row["table"] == ITEMS_ALL for row in rows):
        locked = [table for table in locked if table not in CONTENT_TABLES]  # read through it
    if locked:
        raise SourceRefused(f"that role may not read {', '.join(locked)} of the legacy database")
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["table"], {})[row["column"]] = row["type"]
    return schema_of(found)


@contextmanager
def translated() -> Iterator[None]:
    """What PostgreSQL says, as a sentence without the address, which may hold a password."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise WrongSchema("the legacy database holds text that is not UTF-8") from error
    except FAILURES as error:
        if is_outage(error) and not _is_our_fault(error):
            raise SourceUnavailable(
                "the legacy database does not answer, or no more; is --from right?"
            ) from error
        said = str(error).partition("\n")[0] or type(error).__name__
        raise SourceRefused(f"the legacy database: {said}") from error
    except ValueError as error:
        raise SourceRefused("--from is no address of PostgreSQL that can be read") from error


def _is_our_fault(error: Exception) -> bool:
    """A user, password or database that is not there: waiting does not help."""
    return str(getattr(error, "sqlstate", "")).startswith(("28", "3D"))
