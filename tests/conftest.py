"""A real PostgreSQL and a real RabbitMQ for every test that asks for one.

postgres_server   one for the session          database_url, engine, sessions   fresh for each test
broker_server     one for the session          amqp_url                         fresh for each test
broker            one for a module, which its tests may stop, kill and empty
bucket_server     one for the session          bucket_url                       fresh for each test
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.standalone.postgres import EmbeddedPostgres, embedded_postgres
from shared.db.engine import Sessions, open_engine, session_factory
from shared.db.migrate import upgrade_database
from tests.infrastructure.broker import Broker, VirtualHosts
from tests.infrastructure.broker_choice import NoBroker, private_broker
from tests.infrastructure.bucket import BucketServer
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import Processes

TEMPLATE = "template_darkroom"
NEEDS_BROKER = {"amqp_url", "broker", "broker_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and NEEDS_BROKER & set(item.fixturenames):
            item.add_marker(pytest.mark.rabbitmq)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[EmbeddedPostgres]:
    directory = tmp_path_factory.mktemp("postgres")
    # Durability is for those who have something to lose.
    async with embedded_postgres(
        directory,
        port=free_port(),
        max_connections=300,
        fsync="off",
        full_page_writes="off",
        synchronous_commit="off",
    ) as server:
        yield server
    shutil.rmtree(directory)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(postgres_server: EmbeddedPostgres) -> None:
    await run_statement(postgres_server, f"CREATE DATABASE {TEMPLATE}")
    await upgrade_database(postgres_server.url(TEMPLATE))


@pytest.fixture
async def database_url(
    postgres_server: EmbeddedPostgres, migrated_template: None
) -> AsyncIterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    await run_statement(postgres_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres_server.url(name)
    await run_statement(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_tcp_url(postgres_server: EmbeddedPostgres, database_url: str) -> str:
    """The same database over TCP, for a connection that is to be cut on its way."""
    return postgres_server.tcp_url(str(make_url(database_url).database))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_url, process="tests")
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return session_factory(engine)


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Write to the terminal, past what pytest captures."""
    terminal = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(line, yellow=True)

    return write


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker_server(
    tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], None]
) -> AsyncIterator[Broker | None]:
    """None where AMQP_URL names one that is not ours."""
    if os.environ.get("AMQP_URL"):
        yield None
        return
    async with running_broker(tmp_path_factory.mktemp("rabbitmq"), say) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(
    tmp_path_factory: pytest.TempPathFactory, say: Callable[[str], None]
) -> AsyncIterator[Broker]:
    async with running_broker(tmp_path_factory.mktemp("broker"), say) as server:
        yield server


@pytest.fixture
def amqp_url(broker_server: Broker | None) -> Iterator[str]:
    if broker_server is None:
        yield os.environ["AMQP_URL"]
        return
    hosts = VirtualHosts(broker_server)
    url = hosts.create()
    yield url
    hosts.delete(url)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bucket_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[BucketServer]:
    server = BucketServer(tmp_path_factory.mktemp("bucket"))
    await server.start()
    yield server
    server.child.kill()


@pytest.fixture
async def bucket_url(bucket_server: BucketServer) -> str:
    """MEDIA_URL of an empty bucket."""
    return bucket_server.url(await bucket_server.make_bucket())


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    started = Processes(tmp_path)
    yield started
    started.end()


@asynccontextmanager
async def running_broker(directory: Path, say: Callable[[str], None]) -> AsyncIterator[Broker]:
    try:
        server = private_broker(directory, say)
    except NoBroker as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        say(f"Tests that need a RabbitMQ are skipped: {error}")
        pytest.skip(str(error))
    try:
        await server.start()
        yield server
    finally:
        await server.wipe()
        shutil.rmtree(directory, ignore_errors=True)


async def run_statement(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url("postgres").replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
