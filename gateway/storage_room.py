"""Whether the media store has room for another image, asked at most every few seconds."""

import time
from dataclasses import dataclass

import structlog

from gateway.errors import StorageFull
from shared.media import MediaStore, StoreUnavailable

log = structlog.get_logger()

LASTS_SECONDS = 3.0
NEARLY = 3  # times the limit: time enough to do something; the alert's measure too


@dataclass(frozen=True)
class Room:
    free_bytes: int | None  # None: without limit, or the store does not answer
    is_nearly_full: bool


class StorageRoom:
    def __init__(self, media: MediaStore, *, min_free: int) -> None:
        self._media = media
        self._min_free = min_free
        self._free: int | None = None
        self._asked_at: float | None = None  # of time.monotonic()

    async def check(self) -> None:
        """Raises StorageFull. A store that does not answer is waited for by those who write."""
        await self._look()
        if self._free is not None and self._free < self._min_free:
            raise StorageFull("the media store is nearly full; delete some images")

    async def now(self) -> Room:
        await self._look()
        nearly = self._free is not None and self._free < NEARLY * self._min_free
        return Room(self._free, is_nearly_full=nearly)

    async def _look(self) -> None:
        now = time.monotonic()
        if self._asked_at is not None and now - self._asked_at < LASTS_SECONDS:
            return
        self._asked_at = now
        try:
            self._free = await self._media.free_bytes()
        except StoreUnavailable as error:
            log.warning("media_store.unavailable", reason=str(error))
            self._free = None
