"""What benchmarks stand on: a durable PostgreSQL, a real RabbitMQ, and services as processes."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from sqlalchemy import update

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from shared.db.engine import Sessions, open_engine, session_factory, transaction
from shared.db.migrate import upgrade_database
from shared.db.tables import User
from shared.db.tokens import create_token, user_named
from tests.e2e.cluster import Cluster
from tests.infrastructure.broker import Broker, VirtualHosts
from tests.infrastructure.broker_choice import private_broker
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import Processes

UNLIMITED = 10_000_000  # unfinished jobs
SHOWN_CHARACTERS = 2000


def say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Place:
    """An empty database, an empty virtual host, and somebody who may submit."""

    cluster: Cluster
    sessions: Sessions
    user_id: UUID
    headers: dict[str, str]


@dataclass(frozen=True)
class Ground:
    postgres: EmbeddedPostgres
    broker: Broker | None  # None: AMQP_URL names one
    directory: Path

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """For one benchmark; the processes that it starts are gone after it."""
        name = f"bench_{secrets.token_hex(4)}"
        directory = self.directory / name
        directory.mkdir()
        async with self._database(name) as url, self._virtual_host() as amqp_url:
            cluster = Cluster(Processes(directory), directory, url, amqp_url)
            engine = open_engine(url, process="bench")
            try:
                yield await _somebody(cluster, session_factory(engine))
            except BaseException:
                _show_logs(directory)
                raise
            finally:
                await engine.dispose()
                _end(cluster)

    @asynccontextmanager
    async def _database(self, name: str) -> AsyncIterator[str]:
        await self._run(f"CREATE DATABASE {name}")
        await upgrade_database(self.postgres.url(name))
        try:
            yield self.postgres.url(name)
        finally:
            await self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def _virtual_host(self) -> AsyncIterator[str]:
        if self.broker is None:
            yield os.environ["AMQP_URL"]
            return
        hosts = VirtualHosts(self.broker)
        url = hosts.create()
        try:
            yield url
        finally:
            hosts.delete(url)

    async def _run(self, statement: str) -> None:
        address = self.postgres.url("postgres").replace("+asyncpg", "")
        connection = await asyncpg.connect(address)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def common_ground() -> AsyncIterator[Ground]:
    """Raises NoBroker."""
    directory = Path(tempfile.mkdtemp(prefix="darkroom-bench-"))
    broker = None if os.environ.get("AMQP_URL") else private_broker(directory / "rabbitmq", say)
    try:
        if broker is not None:
            await broker.start()
        # As it is shipped: every commit is on disk before anybody is told.
        async with embedded_postgres(
            directory / "postgres", port=free_port(), max_connections=200
        ) as postgres:
            yield Ground(postgres, broker, directory)
    finally:
        if broker is not None:
            await broker.wipe()
        shutil.rmtree(directory, ignore_errors=True)


async def _somebody(cluster: Cluster, sessions: Sessions) -> Place:
    async with transaction(sessions) as session:
        user = await user_named(session, "bench")
        token = await create_token(session, user_id=user.id, name="bench")
        await session.execute(
            update(User).where(User.id == user.id).values(max_unfinished=UNLIMITED)
        )
    return Place(cluster, sessions, user.id, {"authorization": f"Bearer {token.token}"})


def _end(cluster: Cluster) -> None:
    for child in cluster.children.values():
        if child.log.exists() and child.returncode is None:
            child.kill()


def _show_logs(directory: Path) -> None:
    for path in directory.glob("*.log"):
        say(f"---- {path.name}\n{path.read_text(errors='replace')[-SHOWN_CHARACTERS:]}")
