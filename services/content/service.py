"""The content service: outputs → items, thumbnails after them, and what nobody needs swept."""

import asyncio
from dataclasses import dataclass, field

import structlog

from services.content import storage
from services.content.ingest import Ingest
from services.content.settings import Settings
from services.content.sweep import Sweeper
from services.content.thumbnails import ThumbnailMaker
from shared.bus.base import OUTPUT_QUEUE, Bus
from shared.db import outbox
from shared.db.engine import Sessions
from shared.errors import Unavailable
from shared.media import MediaStore
from shared.process import wait_for_any

log = structlog.get_logger()

SOON_SECONDS = 0.1


async def run(
    settings: Settings, *, sessions: Sessions, bus: Bus, media: MediaStore, stop: asyncio.Event
) -> None:
    nudges = Nudges()
    thumbnails = ThumbnailMaker(sessions, media, on_made=nudges.soon.set)
    sweeper = Sweeper(sessions, media, minimum_age=settings.sweep_minimum_age)

    def follow(content_id: int) -> None:
        nudges.at_once.set()
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
        nudging = tasks.create_task(nudge(nudges, sessions))
        tasks.create_task(thumbnails.make_wanted(stop))
        tasks.create_task(thumbnails.look_for_lacking(settings.thumbnail_search_interval, stop))
        tasks.create_task(sweeper.repeat(settings.sweep_interval, stop))
        tasks.create_task(storage.keep_looking(media, min_free=settings.media_min_free, stop=stop))
        async with bus.subscribe(
            OUTPUT_QUEUE, ingest.take, prefetch=settings.content_outputs_at_once
        ):
            await stop.wait()
        nudging.cancel()


@dataclass(frozen=True)
class Nudges:
    """Which the dispatcher is to get for what was committed."""

    at_once: asyncio.Event = field(default_factory=asyncio.Event)  # somebody waits for an image
    soon: asyncio.Event = field(default_factory=asyncio.Event)  # with the next one, or by itself


async def nudge(nudges: Nudges, sessions: Sessions) -> None:
    """One for all commits since the last. A lost one costs a second, so none is repeated."""
    while True:
        await wait_for_any(nudges.at_once, nudges.soon)
        if not nudges.at_once.is_set():
            await wait_for_any(nudges.at_once, seconds=SOON_SECONDS)
        nudges.at_once.clear()
        nudges.soon.clear()
        try:
            await outbox.nudge(sessions)
        except Unavailable as outage:
            log.info("nudge.lost", reason=str(outage))
