"""The migrations make exactly the tables of shared/db/tables.py, and may be run by many at once."""

import asyncio
from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.db.engine import DatabaseUnavailable
from shared.db.migrate import config, upgrade_database


async def run(engine: AsyncEngine, act: Callable[[Connection], None]) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(act)
        await connection.commit()


async def test_models_and_migrations_agree(engine: AsyncEngine) -> None:
    await run(engine, lambda connection: command.check(config(connection)))


async def test_every_migration_can_be_undone_and_done_again(
    engine: AsyncEngine, database_url: str
) -> None:
    await run(engine, lambda connection: command.downgrade(config(connection), "base"))
    async with engine.connect() as connection:
        left = await connection.scalar(text("SELECT to_regclass('generation_jobs')"))
        assert left is None
    await upgrade_database(database_url)
    await run(engine, lambda connection: command.check(config(connection)))


async def test_many_may_migrate_at_once(engine: AsyncEngine, database_url: str) -> None:
    await run(engine, lambda connection: command.downgrade(config(connection), "base"))
    await asyncio.gather(*(upgrade_database(database_url) for _ in range(4)))
    await run(engine, lambda connection: command.check(config(connection)))


async def test_a_database_that_is_away_is_an_outage() -> None:
    with pytest.raises(DatabaseUnavailable):
        await upgrade_database("postgresql+asyncpg://nobody@127.0.0.1:1/none")


async def test_a_database_that_refuses_us_says_so(database_url: str) -> None:
    stranger = make_url(database_url).set(username="a_stranger").render_as_string(False)

    with pytest.raises(DatabaseUnavailable, match="refuses our user or password"):
        await upgrade_database(stranger)
