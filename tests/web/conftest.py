"""One Darkroom and one Chromium for all; each test is somebody else, and sees only its own jobs.

Everything lives in the session's loop, for a browser belongs to the loop in which it was started.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from deploy.standalone.postgres import EmbeddedPostgres
from gateway.built_page import BUILT, INDEX
from shared.db.engine import Sessions, open_engine, session_factory
from shared.media import open_media
from tests.conftest import TEMPLATE, run_statement
from tests.factories import Token, make_token
from tests.infrastructure.processes import Processes
from tests.web.chromium import ARGUMENTS, NoChromium, chromium
from tests.web.collection import fill_gallery
from tests.web.darkroom import Darkroom
from tests.web.figures import FIGURES, Figures
from tests.web.person import Person, somebody

HERE = Path(__file__).parent
DATABASE = "web"
PATIENCE_MS = 20_000  # of a busy machine

expect.set_options(timeout=PATIENCE_MS)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = Figures()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.web)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    lines = config.stash[FIGURES].lines()
    if lines:
        terminalreporter.section("the page in figures")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures(request: pytest.FixtureRequest) -> Figures:
    return request.config.stash[FIGURES]


@pytest.fixture(scope="session")
def built_page() -> Path:
    if not (BUILT / INDEX).exists():
        pytest.fail("the page is not built: `make web` builds it")
    return BUILT


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(say: Callable[[str], None]) -> AsyncIterator[Browser]:
    try:
        executable = chromium(say)
    except NoChromium as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        say(f"Tests that need a browser are skipped: {error}")
        pytest.skip(str(error))
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield started
        await started.close()


@pytest.fixture(scope="session")
def web_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    started = Processes(tmp_path_factory.mktemp("web-logs"))
    yield started
    started.end()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(
    built_page: Path,
    postgres_server: EmbeddedPostgres,
    migrated_template: None,
    web_processes: Processes,
    tmp_path_factory: pytest.TempPathFactory,
) -> Darkroom:
    await run_statement(postgres_server, f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")
    directory = tmp_path_factory.mktemp("web")
    system = Darkroom(web_processes, directory, postgres_server.url(DATABASE))
    await system.start()
    return system


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def its_sessions(running: Darkroom) -> AsyncIterator[Sessions]:
    engine = open_engine(running.database_url, process="tests")
    yield session_factory(engine)
    await engine.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def darkroom(running: Darkroom) -> AsyncIterator[Darkroom]:
    """For tests that change how it behaves."""
    yield running
    await running.calm()


@pytest_asyncio.fixture(loop_scope="session")
async def person(
    running: Darkroom, browser: Browser, its_sessions: Sessions
) -> AsyncIterator[Person]:
    async with somebody(running.url, await make_token(its_sessions), browser) as person:
        yield person
        await person.leave()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def thousand_images(running: Darkroom, its_sessions: Sessions) -> Token:
    """Theirs who has this token; to be looked at only."""
    token = await make_token(its_sessions)
    await fill_gallery(its_sessions, open_media(running.media_url), token.user, count=1000)
    return token


@pytest_asyncio.fixture(loop_scope="session")
async def collector(
    running: Darkroom, thousand_images: Token, browser: Browser
) -> AsyncIterator[Person]:
    async with somebody(running.url, thousand_images, browser) as person:
        yield person
