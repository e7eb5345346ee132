"""The PostgreSQL that Darkroom brings: it starts, keeps its data, and leaves nothing behind."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from deploy.standalone.postgres_directory import (
    DirectoryInUse,
    servers_in,
)
from deploy.standalone.postgres_process import PostgresUnusable
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, Processes
from tests.infrastructure.waiting import until
from tests.integration.kept_rows import connection, read, write

OWNER = """
import asyncio, pathlib, sys
from deploy.standalone.postgres import embedded_postgres

async def main():
    async with embedded_postgres(pathlib.Path(sys.argv[1])) as server:
        print("running", server.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def owner_of(processes: Processes, directory: Path) -> tuple[ChildProcess, psutil.Process]:
    """A process that holds an embedded PostgreSQL, and that PostgreSQL."""
    owner = processes.add("owner", [sys.executable, "-c", OWNER, str(directory)])
    await owner.start()
    await until(lambda: "running" in owner.said() or owner.returncode is not None, within=60)
    assert owner.returncode is None
    pid = int(owner.said().split("running ")[1].split()[0])
    return owner, psutil.Process(pid)


def leave_stale_files(server: EmbeddedPostgres, pid: int) -> None:
    """As a server with this process id leaves them when the machine loses power."""
    owner = server.data.stat()
    socket = server.sockets / ".s.PGSQL.5432"
    lines = (str(pid), str(server.data), str(int(time.time())), "5432", str(server.sockets), "")
    for stale in (server.data / "postmaster.pid", Path(f"{socket}.lock")):
        stale.write_text("\n".join(lines))
        os.chown(stale, owner.st_uid, owner.st_gid)


async def test_the_first_start_makes_the_database(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path / "new") as server:
        engine = create_async_engine(server.url())
        async with engine.connect() as db:
            name, encoding, version = (
                await db.execute(
                    text(
                        "SELECT current_database(), current_setting('server_encoding'),"
                        " current_setting('server_version_num')::int / 10000"
                    )
                )
            ).one()
        await engine.dispose()

    assert (name, encoding, version) == ("darkroom", "UTF8", 18)


async def test_letters_beyond_ascii_have_upper_and_lower_case(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path) as server, connection(server) as db:
        assert await db.fetchval("SELECT 'ÄÉЖ' ILIKE 'äéж'")


async def test_data_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path) as server:
        await write(server)
    async with embedded_postgres(tmp_path) as server:
        assert await read(server) == 3


async def test_settings_and_a_port_reach_the_server(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path, port=free_port(), max_connections=17) as server:
        db = await asyncpg.connect(server.tcp_url().replace("+asyncpg", ""))
        assert await db.fetchval("SHOW max_connections") == "17"
        await db.close()


async def test_nobody_listens_on_the_network_unless_asked(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path) as server:
        assert server.pid is not None
        assert not psutil.Process(server.pid).net_connections(kind="inet")
        assert (tmp_path / "run").stat().st_mode & 0o077 == 0


async def test_variables_meant_for_another_postgres_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)

    async with embedded_postgres(tmp_path) as server, connection(server) as db:
        assert await db.fetchval("SELECT current_database()") == "darkroom"


async def test_stopping_leaves_no_process_and_lets_the_next_one_in(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    async with connection(server):
        await server.stop()  # with a client still there
        assert not list(servers_in(server.data))
    await server.stop()  # again is harmless

    async with embedded_postgres(tmp_path):
        pass


async def test_a_second_one_in_the_same_directory_is_refused_and_harms_nothing(
    tmp_path: Path,
) -> None:
    async with embedded_postgres(tmp_path) as server:
        with pytest.raises(DirectoryInUse, match="Another Darkroom is running on this DATA_DIR"):
            await EmbeddedPostgres(tmp_path).start()
        await write(server)
        assert await read(server) == 3


async def test_the_server_ends_with_its_killed_owner_and_recovers_at_the_next_start(
    tmp_path: Path, processes: Processes
) -> None:
    owner, postgres = await owner_of(processes, tmp_path)
    await write(EmbeddedPostgres(tmp_path))

    owner.kill()

    async with embedded_postgres(tmp_path) as server:  # at once, while the other one shuts down
        assert server.pid != postgres.pid
        assert await read(server) == 3
        assert postgres.pid not in list(servers_in(server.data))


async def test_ctrl_c_on_the_terminal_does_not_take_the_server_before_its_owner(
    tmp_path: Path, processes: Processes
) -> None:
    owner, postgres = await owner_of(processes, tmp_path)

    assert os.getpgid(postgres.pid) != os.getpgid(owner.pid)


async def test_data_survives_a_server_that_is_killed_itself(tmp_path: Path) -> None:
    async with embedded_postgres(tmp_path) as server:
        await write(server)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(PostgresUnusable, match="ended by itself"):
            async with asyncio.timeout(30):
                await server.watch()

    async with embedded_postgres(tmp_path) as server:
        assert await read(server) == 3


async def test_a_stale_process_id_that_is_somebody_else_now_is_not_believed(
    tmp_path: Path, processes: Processes
) -> None:
    async with embedded_postgres(tmp_path) as server:
        await write(server)
    bystander = processes.add("bystander", ["/bin/sleep", "1000"])
    await bystander.start()
    leave_stale_files(server, bystander.pid)

    async with embedded_postgres(tmp_path) as server:
        assert await read(server) == 3

    assert bystander.returncode is None


async def test_an_initdb_that_was_interrupted_leaves_nothing_half_made(tmp_path: Path) -> None:
    (tmp_path / "data.init").mkdir()
    (tmp_path / "data.init" / "PG_VERSION").write_text("18\n")

    async with embedded_postgres(tmp_path) as server:
        await write(server)

    assert not (tmp_path / "data.init").exists()


async def test_a_start_that_is_cancelled_leaves_no_process_and_no_lock(tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    server = EmbeddedPostgres(tmp_path)
    starting = asyncio.create_task(server.start())
    await until((tmp_path / "data.init" / "base").exists)

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert set(psutil.Process().children()) == before
    async with embedded_postgres(tmp_path):
        pass


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, settings={"shared_buffers": "nonsense"})

    with pytest.raises(PostgresUnusable, match="shared_buffers"):
        await server.start()
