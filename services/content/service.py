"""The content service: outputs → items, thumbnails after them, and what nobody needs swept."""

import asyncio

import structlog

from services.content.ingest import Ingest
from services.content.settings import Settings
from services.content.sweep import Sweeper
from services.content.thumbnails import ThumbnailMaker
from shared.bus.base import OUTPUT_QUEUE, Bus
from shared.db import outbox
from shared.db.engine import Sessions
from shared.errors import Unavailable
from shared.media import MediaStore

log = structlog.get_logger()


async def run(
    settings: Settings, *, sessions: Sessions, bus: Bus, media: MediaStore, stop: asyncio.Event
) -> None:
    committed = asyncio.Event()
    thumbnails = ThumbnailMaker(sessions, media, on_made=committed.set)
    sweeper = Sweeper(sessions, media, minimum_age=settings.sweep_minimum_age)

    def follow(content_id: int) -> None:
        committed.set()
        thumbnails.want(content_id)

    ingest = Ingest(
        sessions=sessions,
        bus=bus,
        media=media,
        decoding=asyncio.Semaphore(settings.content_decoders),
        on_item=follow,
        on_refusal=sweeper.ask,
    )
    async with asyncio.TaskGroup() as tasks:
        nudging = tasks.create_task(nudge_after(committed, sessions))
        tasks.create_task(thumbnails.make_wanted(stop))
        tasks.create_task(thumbnails.look_for_lacking(settings.thumbnail_search_interval, stop))
        tasks.create_task(sweeper.repeat(settings.sweep_interval, stop))
        async with bus.subscribe(
            OUTPUT_QUEUE, ingest.take, prefetch=settings.content_outputs_at_once
        ):
            await stop.wait()
        nudging.cancel()


async def nudge_after(committed: asyncio.Event, sessions: Sessions) -> None:
    """One nudge for all commits since the last. A lost one costs a second, so none is repeated."""
    while True:
        await committed.wait()
        committed.clear()
        try:
            await outbox.nudge(sessions)
        except Unavailable as outage:
            log.info("nudge.lost", reason=str(outage))
