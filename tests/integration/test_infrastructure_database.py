"""The databases that the tests get are migrated, empty, and their own."""

import pytest
from sqlalchemy import text

from shared.db.engine import Sessions


async def test_a_database_has_the_schema(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        found = await session.scalar(text("SELECT to_regclass('generation_jobs')"))
    assert found == "generation_jobs"


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_each_test_finds_an_empty_database(sessions: Sessions, visit: str) -> None:
    async with sessions.begin() as session:
        tables = await session.scalar(text("SELECT to_regclass('left_behind')"))
        assert tables is None

        await session.execute(text("CREATE TABLE left_behind (id int)"))
