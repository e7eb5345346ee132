"""A PostgreSQL of one's own, that ends with this process, however that ends."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, NoReturn
from urllib.parse import quote

import asyncpg
import structlog

from deploy.standalone import postgres_directory as layout
from deploy.standalone.postgres_process import PostgresUnusable, RunAs, allowed_here, end, spawn

DATABASE = "darkroom"
START_SECONDS = 120  # recovery after a crash is included
PREDECESSOR_SECONDS = 30

log = structlog.get_logger()


class EmbeddedPostgres:
    """The server in one directory.

    To be started from the main thread: it shuts down when the thread that started it ends.
    With a `port` it listens on 127.0.0.1 as well and trusts everybody there: for tests only.
    `run_as` is for tests too; left out, it is what this machine allows."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        run_as: RunAs | None = None,
        settings: Mapping[str, str | int] = MappingProxyType({}),
    ) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.sockets = layout.socket_directory(self.directory)
        self.port = port
        self._run_as = run_as
        self._settings = settings
        self._lock: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._log_begins = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def url(self, database: str = DATABASE) -> str:
        """Over the Unix socket; for SQLAlchemy, and for asyncpg without the `+asyncpg`."""
        # The port is only part of the socket's name, but left out asyncpg takes that of PGPORT.
        where = f"host={quote(str(self.sockets))}&port={self._socket_number}"
        return f"postgresql+asyncpg://postgres@/{database}?{where}"

    def tcp_url(self, database: str = DATABASE) -> str:
        if self.port is None:
            raise ValueError("this server was made without a port")
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Return when the server answers and has the database `darkroom`."""
        began = time.monotonic()
        self._lock = layout.lock(self.directory)
        try:
            run_as = self._run_as or await allowed_here()
            self._prepare(run_as)
            if not self.data.exists():
                await self._make_cluster(run_as)
            layout.check_version(self.data)
            await self._clear_stale_files()
            await self._launch(run_as)
            await self._make_database()
        except BaseException:
            await self.stop()
            raise
        seconds = round(time.monotonic() - began, 3)
        log.info("postgres.started", directory=str(self.directory), start_seconds=seconds)

    async def stop(self) -> None:
        if self._process is not None:
            await end(self._process)
            self._process = None
            if self.sockets.parent != self.directory:
                with contextlib.suppress(OSError):
                    self.sockets.rmdir()
            log.info("postgres.stopped", directory=str(self.directory))
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def watch(self) -> NoReturn:
        """Raise PostgresUnusable when the server has ended by itself."""
        if self._process is None:
            raise ValueError("this server was not started")
        status = await self._process.wait()
        raise PostgresUnusable(f"PostgreSQL ended by itself ({status}):\n{self._last_words()}")

    @property
    def _socket_number(self) -> int:
        return self.port or 5432

    def _prepare(self, run_as: RunAs) -> None:
        shutil.rmtree(self.directory / "data.init", ignore_errors=True)
        layout.make_private(self.sockets)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("nobody") if run_as is RunAs.NOBODY else pwd.getpwuid(0)
            for path in (self.data, self.sockets, self.directory):
                layout.give(path, owner)

    async def _make_cluster(self, run_as: RunAs) -> None:
        unfinished = self.directory / "data.init"
        process = await spawn(
            *("initdb", f"--pgdata={unfinished}", "--username=postgres", "--auth=trust"),
            # The same on every machine, whatever locales it has.
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions"),
            run_as=run_as,
            dies_by=signal.SIGKILL,
            output=asyncio.subprocess.PIPE,
        )
        try:
            output, _ = await process.communicate()
        finally:
            await end(process)
        if process.returncode != 0:
            said = output.decode(errors="replace")
            raise PostgresUnusable(f"PostgreSQL could not make {self.data}:\n{said}")
        unfinished.rename(self.data)

    async def _clear_stale_files(self) -> None:
        """PostgreSQL does not start while the process id in an old postmaster.pid is anybody's.

        The lock is ours, so a server in there is one whose Darkroom died: it is on its way out."""
        try:
            async with asyncio.timeout(PREDECESSOR_SECONDS):
                while any(layout.servers_in(self.data)):  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            pids = ", ".join(map(str, layout.servers_in(self.data)))
            raise layout.DirectoryInUse(
                f"A PostgreSQL (process {pids}) still uses {self.data}: end it and start again."
            ) from error
        socket = self.sockets / f".s.PGSQL.{self._socket_number}"
        for stale in (self.data / "postmaster.pid", socket, Path(f"{socket}.lock")):
            stale.unlink(missing_ok=True)

    async def _launch(self, run_as: RunAs) -> None:
        settings = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": self._socket_number,
            "unix_socket_directories": f'"{self.sockets}"',
            "unix_socket_permissions": "0700",
            **self._settings,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        with layout.open_log(self.directory / "postgres.log") as output:
            self._log_begins = output.tell()
            self._process = await spawn(
                *("postgres", "-D", str(self.data), *options),
                run_as=run_as,
                dies_by=signal.SIGINT,
                output=output,
            )

    async def _make_database(self) -> None:
        async with asyncio.timeout(START_SECONDS):
            connection = await self._first_connection()
        try:
            known = "SELECT 1 FROM pg_database WHERE datname = $1"
            if not await connection.fetchval(known, DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    async def _first_connection(self) -> Any:
        """A connection, and no file, is what says that the server is ready."""
        address = {"host": str(self.sockets), "port": self._socket_number, "user": "postgres"}
        while self._process is not None and self._process.returncode is None:
            try:
                return await asyncpg.connect(**address, database="postgres", timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                await asyncio.sleep(0.02)
        raise PostgresUnusable(f"PostgreSQL did not start:\n{self._last_words()}")

    def _last_words(self) -> str:
        """Of this start, not of an earlier one."""
        said = (self.directory / "postgres.log").read_bytes()[self._log_begins :]
        return said.decode(errors="replace")[-2000:].strip()


@contextlib.asynccontextmanager
async def embedded_postgres(
    directory: Path, *, port: int | None = None, **server_settings: str | int
) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(directory, port=port, settings=server_settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
