"""A gateway on a real database: asked in-process (`client`), or really served (`served`)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.app import create_app
from gateway.parts import Parts, assemble, running
from gateway.service import run
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.media import MediaStore, open_media
from shared.workflows.load import load_workflows
from shared.workflows.workflow import Workflows
from tests.factories import Token, make_token, make_user


@pytest.fixture(scope="session")
def workflows() -> Workflows:
    return load_workflows()


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=database_url,
        media_url=str(tmp_path / "media"),
        media_min_free=0,
        port=0,
        final_poll_seconds=0.02,
    )


@pytest.fixture
def parts(settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows) -> Parts:
    return assemble(settings, sessions=sessions, media=media, workflows=workflows)


@pytest.fixture
async def token(sessions: Sessions) -> Token:
    return await make_token(sessions, await make_user(sessions, name="ada"))


@pytest.fixture
async def anonymous(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    async with (
        _background(parts),
        httpx.AsyncClient(transport=transport, base_url="http://darkroom.test") as client,
    ):
        yield client


@pytest.fixture
def client(anonymous: httpx.AsyncClient, token: Token) -> httpx.AsyncClient:
    """Signed in as ada, with a bearer token."""
    anonymous.headers.update(token.headers)
    return anonymous


@asynccontextmanager
async def _background(parts: Parts) -> AsyncIterator[None]:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        # In a task of its own: pytest begins and ends a fixture in two different ones.
        async with running(parts):
            entered.set()
            await leave.wait()

    task = asyncio.create_task(hold())
    task.add_done_callback(lambda _: entered.set())
    await entered.wait()
    try:
        yield
    finally:
        leave.set()
        await task


@dataclass(frozen=True)
class Served:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(
    settings: Settings, *, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> AsyncIterator[Served]:
    stop = asyncio.Event()
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        run(
            settings,
            sessions=sessions,
            media=media,
            workflows=workflows,
            stop=stop,
            on_listening=listening.set_result,
        )
    )
    task.add_done_callback(lambda _: listening.done() or listening.cancel())
    try:
        yield Served(await listening)
    finally:
        stop.set()
        await task


@pytest.fixture
async def served(
    settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> AsyncIterator[Served]:
    async with serving(settings, sessions=sessions, media=media, workflows=workflows) as gateway:
        yield gateway
