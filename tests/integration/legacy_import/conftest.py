import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.standalone.postgres import EmbeddedPostgres
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.media import MediaStore
from tests.conftest import run_statement
from tests.integration.gateway.running_gateway import settings_for
from tests.integration.legacy_import.home import Home
from tests.integration.legacy_import.legacy_database import (
    READER,
    LegacyDatabase,
    MakeLegacy,
    schema_of,
)

_MAKE_READER = f"""DO $$ BEGIN
    CREATE ROLE {READER} LOGIN; GRANT pg_read_all_data TO {READER};
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""


@asynccontextmanager
async def legacy_database(server: EmbeddedPostgres, stage: str) -> AsyncIterator[LegacyDatabase]:
    name = f"legacy_{secrets.token_hex(6)}"
    await run_statement(server, _MAKE_READER)
    await run_statement(server, f"CREATE DATABASE {name}")
    url = server.tcp_url(name)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(schema_of(stage))
        reader_url = url.replace("+asyncpg", "").replace("postgres@", f"{READER}@")
        yield LegacyDatabase(stage, reader_url, connection)
    finally:
        await connection.close()
        await run_statement(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def make_legacy(postgres_server: EmbeddedPostgres) -> AsyncIterator[MakeLegacy]:
    async with AsyncExitStack() as stack:

        async def make(stage: str) -> LegacyDatabase:
            return await stack.enter_async_context(legacy_database(postgres_server, stage))

        yield make


@pytest.fixture
def home(sessions: Sessions, media: MediaStore, tmp_path: Path) -> Home:
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    return Home(sessions, media, outputs)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Of a gateway for what came."""
    return settings_for(database_url, tmp_path / "media")
