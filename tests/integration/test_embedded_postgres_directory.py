"""The directory of the embedded PostgreSQL: whose it is, where it lies, and what is in it."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from deploy.standalone.postgres_directory import (
    OtherMajorVersion,
    socket_directory,
)
from deploy.standalone.postgres_process import PostgresUnusable, RunAs
from tests.integration.kept_rows import read, write

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def open_to_nobody() -> Iterator[Path]:
    """A directory that another user can reach; pytest's own are private."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory) / "postgres"


async def test_a_path_too_long_for_a_socket_puts_it_elsewhere(tmp_path: Path) -> None:
    directory = tmp_path / ("deep" * 25)
    async with embedded_postgres(directory) as server:
        await write(server)
        assert server.sockets.parent == Path(tempfile.gettempdir())
        assert server.sockets.stat().st_mode & 0o077 == 0

    assert not server.sockets.exists()


@pytest.mark.parametrize("name", ["with space", "per%41cent", "com,ma", "quo\"te's", "mär:chen"])
async def test_a_path_may_hold_what_means_something_elsewhere(tmp_path: Path, name: str) -> None:
    async with embedded_postgres(tmp_path / name) as server:
        engine = create_async_engine(server.url())
        async with engine.connect() as db:
            assert await db.scalar(text("SELECT 1")) == 1
        await engine.dispose()
        await write(server)
        assert await read(server) == 3


async def test_a_socket_directory_open_to_others_is_refused(tmp_path: Path) -> None:
    directory = tmp_path / ("deep" * 25)
    squatted = socket_directory(directory)
    squatted.mkdir()
    squatted.chmod(0o777)

    try:
        with pytest.raises(PostgresUnusable, match="open to others"):
            await EmbeddedPostgres(directory).start()
    finally:
        squatted.rmdir()


async def test_data_of_another_major_version_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(OtherMajorVersion, match=r"made by PostgreSQL 16.*brings PostgreSQL 18"):
        await EmbeddedPostgres(tmp_path).start()


@AS_ROOT
@pytest.mark.parametrize("run_as", [RunAs.NAMESPACE, RunAs.NOBODY])
async def test_as_root_the_server_is_not_root(open_to_nobody: Path, run_as: RunAs) -> None:
    server = EmbeddedPostgres(open_to_nobody, run_as=run_as)
    await server.start()
    try:
        await write(server)
        assert server.pid is not None
        assert psutil.Process(server.pid).uids().real == (0 if run_as is RunAs.NAMESPACE else 65534)
        assert await read(server) == 3
    finally:
        await server.stop()


@AS_ROOT
async def test_data_moves_between_the_two_ways_of_not_being_root(open_to_nobody: Path) -> None:
    for run_as in (RunAs.NAMESPACE, RunAs.NOBODY, RunAs.NAMESPACE):
        server = EmbeddedPostgres(open_to_nobody, run_as=run_as)
        await server.start()
        try:
            if run_as is RunAs.NAMESPACE and not (open_to_nobody / "written").exists():
                (open_to_nobody / "written").touch()
                await write(server)
            assert await read(server) == 3
        finally:
            await server.stop()
