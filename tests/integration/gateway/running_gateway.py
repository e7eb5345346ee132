"""A gateway that is asked in-process, or one that is really served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.app import create_app
from gateway.parts import Parts, assemble, running
from gateway.service import run
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.media import MediaStore
from shared.workflows.workflow import Workflows


def settings_for(database_url: str, media: Path) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database_url,
            "media_url": str(media),
            "media_min_free": 0,
            "port": 0,
            "final_poll_seconds": 0.02,
        }
    )


@asynccontextmanager
async def gateway_client(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(parts), raise_app_exceptions=False)
    async with (
        _beside(parts),
        httpx.AsyncClient(transport=transport, base_url="http://darkroom.test") as client,
    ):
        yield client


@asynccontextmanager
async def _beside(parts: Parts) -> AsyncIterator[None]:
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

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/events"


@asynccontextmanager
async def serving(
    settings: Settings, *, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> AsyncIterator[Served]:
    stop = asyncio.Event()
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    parts = assemble(settings, sessions=sessions, media=media, workflows=workflows)
    task = asyncio.create_task(run(parts, stop=stop, on_listening=listening.set_result))
    task.add_done_callback(lambda _: listening.done() or listening.cancel())
    try:
        yield Served(await listening)
    finally:
        stop.set()
        await task
