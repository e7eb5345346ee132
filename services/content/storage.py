"""How much room the media store has, for the operator."""

import asyncio

import structlog

from shared.media import MediaStore, StoreUnavailable
from shared.metrics import Looked
from shared.process import wait_or_stop

log = structlog.get_logger()

LOOK_SECONDS = 15.0
FREE = Looked("darkroom_media_free_bytes", "Room in the media store, where that is limited")
LIMIT = Looked("darkroom_media_min_free_bytes", "With less room no new jobs are accepted")


async def keep_looking(media: MediaStore, *, min_free: int, stop: asyncio.Event) -> None:
    LIMIT.set(min_free)
    while not stop.is_set():
        try:
            FREE.set(await media.free_bytes())
        except StoreUnavailable as outage:
            FREE.set(None)
            log.info("metrics.wait", reason=str(outage))
        await wait_or_stop(stop, LOOK_SECONDS)
