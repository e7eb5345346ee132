"""What the page does while a service is away. Each is a process here, over a real broker."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from shared.db.engine import open_engine, session_factory
from tests.e2e.cluster import Cluster
from tests.factories import make_token
from tests.infrastructure.processes import Processes
from tests.infrastructure.waiting import until
from tests.web.create import Create
from tests.web.person import Person, somebody

STEP = re.compile(r"Step \d+ of 20")
PAGES = ("CreatePage", "HistoryPage", "GalleryPage", "ContentPage", "SettingsPage")
POLLS = "Live updates are down."
MOST_HANGING_MS = 90_000  # three tries of 15 s each, on a busy machine
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
    visitor.complaints.allow(
        "WebSocket connection to|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE"
    )
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


async def test_while_the_gateway_hangs_the_page_says_so_and_comes_back_by_itself(
    cluster: Cluster, visitor: Person
) -> None:
    """Frozen, it takes connections and never answers."""
    visitor.complaints.allow("WebSocket connection to")
    page = await visitor.opens("/generate")
    await expect(Create(page).prompt).to_be_visible()
    await until(lambda: all_pages_are_read(page), what="the files of the other pages are read")

    cluster.children["gateway"].freeze()
    await page.get_by_role("link", name="Gallery").click()
    try:
        await expect(page.get_by_role("main").get_by_role("alert")).to_contain_text(
            "Darkroom does not answer", timeout=MOST_HANGING_MS
        )
    finally:
        cluster.children["gateway"].thaw()

    await expect(page.get_by_text("No images yet")).to_be_visible()


async def test_while_darkroom_is_away_pages_that_were_never_visited_open_all_the_same(
    cluster: Cluster, visitor: Person
) -> None:
    visitor.complaints.allow(
        "WebSocket connection to|ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE"
    )
    page = await visitor.opens("/")
    await until(lambda: all_pages_are_read(page), what="the files of the other pages are read")

    cluster.children["gateway"].kill()

    navigation = page.get_by_role("banner").get_by_role("navigation")
    for name, heading in (("Gallery", "Gallery"), ("Generate", "Generation Status")):
        await navigation.get_by_role("link", name=name).click()
        await expect(page.get_by_role("heading", name=heading)).to_have_count(1)
        await expect(page.get_by_role("status").filter(has_text=OFFLINE)).to_be_visible()
    await page.get_by_role("link", name="History").last.click()
    await expect(page.get_by_role("main").get_by_role("alert")).to_contain_text(
        "Darkroom does not answer"
    )
    await page.get_by_role("link", name="Settings").click()
    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()


async def all_pages_are_read(page: Page) -> bool:
    scripts: list[str] = await page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
    )
    return all(any(name in script for script in scripts) for name in PAGES)
