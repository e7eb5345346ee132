"""What the page does while a service is away. Each is a process here, over a real broker."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from shared.db.engine import open_engine, session_factory
from tests.e2e.cluster import Cluster
from tests.factories import make_token
from tests.infrastructure.processes import Processes
from tests.web.create import Create
from tests.web.person import Person, somebody

STEP = re.compile(r"Step \d+ of 20")
POLLS = "Live updates are down."
OFFLINE = "Darkroom does not answer."

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def cluster(
    built_page: Path, database_url: str, amqp_url: str, processes: Processes, tmp_path: Path
) -> Cluster:
    return Cluster(processes, tmp_path, database_url, amqp_url)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(cluster: Cluster, browser: Browser) -> AsyncIterator[Person]:
    await cluster.start_one_of_each("--step-seconds", "0.25")
    engine = open_engine(cluster.database_url, process="tests")
    try:
        token = await make_token(session_factory(engine))
        async with somebody(cluster.url, token, browser) as person:
            await person.can_draw()
            yield person
    finally:
        await engine.dispose()


async def test_while_the_notifier_is_dead_the_page_says_so_polls_and_then_goes_live_again(
    cluster: Cluster, visitor: Person
) -> None:
    visitor.complaints.allow("WebSocket connection to")
    create = Create(await visitor.opens("/generate"))
    note = create.page.get_by_role("status").filter(has_text=POLLS)
    await create.generate("made while it was dead")
    await expect(create.row("made while it was dead")).to_contain_text(STEP)
    await expect(note).to_have_count(0)

    cluster.children["notifier"].kill()
    await expect(note).to_be_visible()
    await create.shows_picture("made while it was dead")
    await expect(note).to_be_visible()

    await cluster.children["notifier"].start()
    await expect(note).to_have_count(0)
    await create.generate("made after that")
    await expect(create.row("made after that")).to_contain_text(STEP)
    await create.shows_picture("made after that")


async def test_while_the_gateway_is_dead_the_page_says_so_and_catches_up_by_itself(
    cluster: Cluster, visitor: Person
) -> None:
    visitor.complaints.allow("WebSocket connection to|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE")
    create = Create(await visitor.opens("/generate"))
    note = create.page.get_by_role("status").filter(has_text=OFFLINE)
    await create.generate("a volcano")
    await expect(create.row("a volcano")).to_contain_text(STEP)

    cluster.children["gateway"].kill()
    await expect(note).to_be_visible()

    await cluster.children["gateway"].start()
    await expect(note).to_have_count(0)
    await create.shows_picture("a volcano")
    await expect(create.rows).to_have_count(0)
