"""Thumbnails follow after the commit, so they delay no completion.

Items come from a queue in memory; what a crash loses from it, and what was imported, is found by a
look for items without thumbnails, at the start and now and then.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from itertools import chain, repeat
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    bindparam,
    exists,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.content.shrinking import MIME_TYPE, Thumbnail, thumbnails_of
from shared.db.engine import Sessions, transaction
from shared.db.quick import Statement, quick
from shared.db.tables import ContentItem, ContentThumbnail
from shared.db.views import content_view_of
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
            log.debug("thumbnails.made", content_id=content_id)
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
    item = await _first(sessions, _LACKING_ITEM, content_id)
    if item is None:
        return False
    made = await asyncio.to_thread(thumbnails_of, await media.get(item["storage_key"]))
    files = {thumbnail_key(content_id, thumbnail.size): thumbnail.data for thumbnail in made}
    await media.put_all(files, mime_type=MIME_TYPE)
    await reached("content.thumbnails_stored")
    while item is not None:
        if await _write(sessions, item, made):
            return True
        item = await _first(sessions, _LACKING_ITEM, content_id)  # somebody has changed it
    if await _first(sessions, _DELETED, content_id):
        for key in files:
            await media.delete(key)
    return False


async def _first(sessions: Sessions, query: Statement, content_id: int) -> Mapping[str, Any] | None:
    async with quick(sessions) as database:
        return next(iter(await database.fetch(query, {"content_id": content_id})), None)


async def _write(sessions: Sessions, item: Mapping[str, Any], made: Sequence[Thumbnail]) -> bool:
    """Whether the item was still as it is told of."""
    content = content_view_of({**item, "version": item["version"] + 1})
    told = ContentUpdated(user_id=item["user_id"], content=content)
    given = {
        "content_id": item["id"],
        "version": item["version"],
        "sizes": [thumbnail.size for thumbnail in made],
        "keys": [thumbnail_key(item["id"], thumbnail.size) for thumbnail in made],
        "widths": [thumbnail.width for thumbnail in made],
        "heights": [thumbnail.height for thumbnail in made],
        "byte_sizes": [len(thumbnail.data) for thumbnail in made],
        "told": told.model_dump(mode="json"),
    }
    async with quick(sessions) as database:
        return bool(await database.fetch(_WRITE, given))


def _lacks() -> list[ColumnElement[bool]]:
    any_row = exists().where(ContentThumbnail.content_id == ContentItem.id)
    return [
        ContentItem.deleted_at.is_(None),
        ContentItem.file_missing.is_(False),
        ContentItem.content_type == JobType.IMAGE,
        ~any_row,
    ]


_IS_IT = ContentItem.id == bindparam("content_id", type_=BigInteger())
_DELETED = Statement(select(ContentItem.id).where(_IS_IT, ContentItem.deleted_at.is_not(None)))
_LACKING_ITEM = Statement(
    select(*(column for column in ContentItem.__table__.c if column.key != "search")).where(
        _IS_IT, *_lacks()
    )
)
# Whoever deletes or changes the item, or makes its thumbnails too, waits for this or has it find
# another version.
_WRITE = Statement(
    text(
        """
    WITH item AS (
        UPDATE content_items SET version = version + 1
        WHERE id = :content_id AND version = :version AND deleted_at IS NULL
            AND NOT EXISTS (SELECT FROM content_thumbnails WHERE content_id = :content_id)
        RETURNING id
    ), thumbnail AS (
        INSERT INTO content_thumbnails (content_id, size, storage_key, width, height, byte_size)
        SELECT item.id, made.* FROM item, unnest(CAST(:sizes AS text[]), CAST(:keys AS text[]),
            CAST(:widths AS int[]), CAST(:heights AS int[]), CAST(:byte_sizes AS int[])) AS made
    ), message AS (
        INSERT INTO outbox (body) SELECT :told FROM item
    )
    SELECT id FROM item
    """
    ).bindparams(
        bindparam("content_id", type_=BigInteger()),
        bindparam("version", type_=Integer()),
        bindparam("told", type_=JSONB()),
    )
)


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
