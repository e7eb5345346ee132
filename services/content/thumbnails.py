"""Thumbnails follow after the commit, so they delay no completion.

Items come from a queue in memory; what a crash loses from it, and what was imported, is found by a
look for items without thumbnails, at the start and now and then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import chain, repeat

import structlog
from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.content.shrinking import MIME_TYPE, Thumbnail, thumbnails_of
from shared.db import outbox
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, ContentThumbnail
from shared.db.views import content_view
from shared.errors import Unavailable
from shared.failpoints import reached
from shared.jobs import JobType
from shared.media import MediaMissing, MediaStore, thumbnail_key
from shared.media.images import UnusableImage
from shared.messages import ContentUpdated
from shared.process import wait_or_stop

log = structlog.get_logger()

PAGE = 500
FIRST_PAUSES, LONGEST_PAUSE = (1, 2, 4, 8, 16), 30  # seconds, in an outage


class ThumbnailMaker:
    """One image at a time: whole images may wait for a thumbnail, never the other way round."""

    def __init__(
        self, sessions: Sessions, media: MediaStore, *, on_made: Callable[[], None]
    ) -> None:
        self._sessions = sessions
        self._media = media
        self._on_made = on_made
        self._wanted: asyncio.Queue[int] = asyncio.Queue()
        self._hopeless: set[int] = set()  # until the next start

    def want(self, content_id: int) -> None:
        self._wanted.put_nowait(content_id)

    async def make_wanted(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            content_id = await _next(self._wanted, stop)
            if content_id is not None:
                await self._make_at_last(content_id, stop)

    async def look_for_lacking(self, every: timedelta, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async for content_id in self._lacking():
                    await self._make(content_id)
                    if stop.is_set():
                        return
            except Unavailable as outage:
                log.info("thumbnails.wait", reason=str(outage))
                await wait_or_stop(stop, LONGEST_PAUSE)
            else:
                await wait_or_stop(stop, every.total_seconds())

    async def _make_at_last(self, content_id: int, stop: asyncio.Event) -> None:
        """However long the outage lasts; a stop leaves it to the next start."""
        for pause in chain(FIRST_PAUSES, repeat(LONGEST_PAUSE)):
            try:
                await self._make(content_id)
                return
            except Unavailable as outage:
                log.info("thumbnails.wait", content_id=content_id, reason=str(outage))
            if await wait_or_stop(stop, pause):
                return

    async def _make(self, content_id: int) -> None:
        try:
            made = await make_thumbnails(content_id, sessions=self._sessions, media=self._media)
        except (UnusableImage, MediaMissing) as error:
            self._hopeless.add(content_id)
            log.warning("thumbnails.impossible", content_id=content_id, why=str(error))
            return
        if made:
            log.info("thumbnails.made", content_id=content_id)
            self._on_made()

    async def _lacking(self) -> AsyncIterator[int]:
        after = 0
        while True:
            async with transaction(self._sessions) as session:
                page = (await session.scalars(_lacking_after(after))).all()
            for content_id in page:
                if content_id not in self._hopeless:
                    yield content_id
            if len(page) < PAGE:
                return
            after = page[-1]


async def make_thumbnails(content_id: int, *, sessions: Sessions, media: MediaStore) -> bool:
    """False: it has them, or was deleted. Idempotent: the rows of one item are written once.

    Raises UnusableImage or MediaMissing: this image will never have any."""
    key = await _original_without_thumbnails(sessions, content_id)
    if key is None:
        return False
    made = await asyncio.to_thread(thumbnails_of, await media.get(key))
    for thumbnail in made:
        where = thumbnail_key(content_id, thumbnail.size)
        await media.put(where, thumbnail.data, mime_type=MIME_TYPE)
    await reached("content.thumbnails_stored")
    async with transaction(sessions) as session:
        item = await _undeleted(session, content_id)
        written = item is not None and await _write_rows(session, item, made)
        await reached("content.thumbnails_written")
    if item is None:
        for thumbnail in made:
            await media.delete(thumbnail_key(content_id, thumbnail.size))
    return written


async def _original_without_thumbnails(sessions: Sessions, content_id: int) -> str | None:
    async with transaction(sessions) as session:
        return await session.scalar(
            select(ContentItem.storage_key).where(ContentItem.id == content_id, *_lacks())
        )


async def _undeleted(session: AsyncSession, content_id: int) -> ContentItem | None:
    """Locked against deletion until the rows are written. FOR SHARE would do for that; but the new
    version is written too, and two makers that hold a share would wait for each other."""
    return await session.scalar(
        select(ContentItem)
        .where(ContentItem.id == content_id, ContentItem.deleted_at.is_(None))
        .with_for_update(key_share=True)
    )


async def _write_rows(session: AsyncSession, item: ContentItem, made: list[Thumbnail]) -> bool:
    rows = [
        {
            "content_id": item.id,
            "size": thumbnail.size,
            "storage_key": thumbnail_key(item.id, thumbnail.size),
            "width": thumbnail.width,
            "height": thumbnail.height,
            "byte_size": len(thumbnail.data),
        }
        for thumbnail in made
    ]
    written = await session.execute(
        insert(ContentThumbnail)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(ContentThumbnail.size)
    )
    if not written.all():
        return False
    item.version += 1
    await session.flush()
    await outbox.announce(session, ContentUpdated(user_id=item.user_id, content=content_view(item)))
    return True


def _lacks() -> list[ColumnElement[bool]]:
    any_row = exists().where(ContentThumbnail.content_id == ContentItem.id)
    return [
        ContentItem.deleted_at.is_(None),
        ContentItem.file_missing.is_(False),
        ContentItem.content_type == JobType.IMAGE,
        ~any_row,
    ]


def _lacking_after(content_id: int) -> Select[int]:
    return (
        select(ContentItem.id)
        .where(ContentItem.id > content_id, *_lacks())
        .order_by(ContentItem.id)
        .limit(PAGE)
    )


async def _next(wanted: asyncio.Queue[int], stop: asyncio.Event) -> int | None:
    """None: told to stop."""
    getting = asyncio.ensure_future(wanted.get())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({getting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()
        stopping.cancel()
