"""Remove files that nobody needs: of deleted items, and of attempts that came to nothing.

Only one process sweeps at a time. Every step may be repeated: files go first, then what names them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.content.orphans import of_outputs, of_probes, of_thumbnails
from shared.db.engine import Sessions, transaction, translated
from shared.db.tables import ContentItem, ContentThumbnail
from shared.errors import Unavailable
from shared.failpoints import reached
from shared.media import MediaInfo, MediaStore
from shared.media.keys import OUTPUTS, PROBES, THUMBNAILS
from shared.process import wait_or_stop

log = structlog.get_logger()

SWEEP_LOCK = 7_244_000_020
BATCH = 200
PAUSE = timedelta(minutes=1)  # between sweeps that are asked for, and after an outage


@dataclass(frozen=True)
class Swept:
    items: int  # deleted ones whose files are gone now
    orphans: int  # files


class Sweeper:
    def __init__(
        self,
        sessions: Sessions,
        media: MediaStore,
        *,
        minimum_age: timedelta,
        pause: timedelta = PAUSE,
    ) -> None:
        self._sessions = sessions
        self._media = media
        self._pause = pause.total_seconds()
        self._minimum_age = minimum_age
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Sweep before the hour is over: there is, or must be made, something to sweep."""
        self._asked.set()

    async def repeat(self, every: timedelta, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._asked.clear()
            try:
                swept = await self.sweep()
            except Unavailable as outage:
                log.info("sweep.waits", reason=str(outage))
                self._asked.set()
            else:
                if swept is not None and (swept.items or swept.orphans):
                    log.info("media.swept", items=swept.items, orphans=swept.orphans)
            if not await wait_or_stop(stop, self._pause):
                await self._turn(every, stop)

    async def sweep(self) -> Swept | None:
        """None: another process is at it."""
        async with self._alone() as alone:
            if not alone:
                return None
            items = await self._sweep_deleted()
            return Swept(items, await self._sweep_orphans())

    async def _turn(self, every: timedelta, stop: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(event.wait()) for event in (self._asked, stop)}
        try:
            await asyncio.wait(
                waits,
                timeout=max(0, every.total_seconds() - self._pause),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for wait in waits:
                wait.cancel()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[bool]:
        """The lock of one connection, without a transaction that would idle meanwhile. When the
        connection is lost, so is the lock; two sweeps then only do the same thing."""
        async with translated(), self._sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            mine = bool(await session.scalar(select(func.pg_try_advisory_lock(SWEEP_LOCK))))
            try:
                yield mine
            finally:
                if mine:
                    await session.scalar(select(func.pg_advisory_unlock(SWEEP_LOCK)))

    async def _sweep_deleted(self) -> int:
        removed = 0
        while True:
            async with transaction(self._sessions) as session:
                ids = (await session.scalars(_deleted_with_files())).all()
            for content_id in ids:
                await self._remove_item(content_id)
            removed += len(ids)
            if len(ids) < BATCH:
                return removed

    async def _remove_item(self, content_id: int) -> None:
        async with transaction(self._sessions) as session:
            keys = await _files_of(session, content_id)
        for key in keys:
            await self._media.delete(key)
        await reached("content.files_removed")
        async with transaction(self._sessions) as session:
            await session.execute(
                delete(ContentThumbnail).where(ContentThumbnail.content_id == content_id)
            )
            await session.execute(
                update(ContentItem)
                .where(ContentItem.id == content_id, ContentItem.deleted_at.is_not(None))
                .values(title="", prompt="", negative_prompt="", params={}, tags=[])
                .values(files_removed_at=func.now())
            )
            await reached("content.item_emptied")

    async def _sweep_orphans(self) -> int:
        removed = await self._media.remove_torn_writes(older_than=self._minimum_age)
        for prefix, orphans_of in (
            (OUTPUTS, of_outputs),
            (THUMBNAILS, of_thumbnails),
            (PROBES, of_probes),
        ):
            async for batch in self._old_files(prefix):
                async with transaction(self._sessions) as session:
                    orphans = await orphans_of(session, batch)
                for key in orphans:
                    removed += await self._remove_if_still_old(key)
        return removed

    async def _old_files(self, prefix: str) -> AsyncIterator[list[str]]:
        batch = []
        async for info in self._media.listing(prefix):
            if self._is_old(info):
                batch.append(info.key)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    async def _remove_if_still_old(self, key: str) -> bool:
        """It may have been stored again since it was listed."""
        info = await self._media.stat(key)
        if info is None or not self._is_old(info):
            return False
        await self._media.delete(key)
        return True

    def _is_old(self, info: MediaInfo) -> bool:
        return info.modified < datetime.now(UTC) - self._minimum_age


def _deleted_with_files() -> Select[int]:
    return (
        select(ContentItem.id)
        .where(ContentItem.deleted_at.is_not(None), ContentItem.files_removed_at.is_(None))
        .order_by(ContentItem.id)
        .limit(BATCH)
    )


async def _files_of(session: AsyncSession, content_id: int) -> list[str]:
    """The thumbnails', and the original's unless another item shows the same file."""
    other = aliased(ContentItem)
    shared = exists().where(
        other.storage_key == ContentItem.storage_key, other.deleted_at.is_(None)
    )
    original = select(ContentItem.storage_key).where(ContentItem.id == content_id, ~shared)
    thumbnails = select(ContentThumbnail.storage_key).where(
        ContentThumbnail.content_id == content_id
    )
    return [*await session.scalars(original), *await session.scalars(thumbnails)]
