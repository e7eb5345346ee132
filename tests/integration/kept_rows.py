"""What the tests write into an embedded PostgreSQL, and read again later."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from deploy.standalone.postgres import EmbeddedPostgres


@asynccontextmanager
async def connection(server: EmbeddedPostgres) -> AsyncIterator["asyncpg.Connection"]:
    opened = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        yield opened
    finally:
        await opened.close()


async def write(server: EmbeddedPostgres) -> None:
    async with connection(server) as db:
        await db.execute("CREATE TABLE kept (n int)")
        await db.execute("INSERT INTO kept VALUES (1), (2)")


async def read(server: EmbeddedPostgres) -> int:
    async with connection(server) as db:
        found: int = await db.fetchval("SELECT sum(n) FROM kept")
    return found
