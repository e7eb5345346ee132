"""Thumbnails come after the commit, once, and never for what was deleted."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, text, update

from services.content.thumbnails import ThumbnailMaker, make_thumbnails
from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, ContentThumbnail, OutboxRow
from shared.failpoints import Killed, killing_at
from shared.jobs import JobType
from shared.media import MediaMissing, MediaStore, thumbnail_key
from shared.media.images import UnusableImage
from tests.factories import make_content
from tests.infrastructure.waiting import until
from tests.unit.content.pictures import picture

SIZES = ("large", "medium", "small")


async def make_item(sessions: Sessions, media: MediaStore, **columns: Any) -> ContentItem:
    data = picture(600, 300)
    item = await make_content(sessions, data=data, **columns)
    await media.put(item.storage_key, data, mime_type="image/png")
    return item


async def rows_of(sessions: Sessions, content_id: int) -> dict[str, ContentThumbnail]:
    async with transaction(sessions) as session:
        found = await session.scalars(
            select(ContentThumbnail).where(ContentThumbnail.content_id == content_id)
        )
        return {row.size: row for row in found}


async def told(sessions: Sessions) -> list[dict[str, Any]]:
    async with transaction(sessions) as session:
        return [body for body in await session.scalars(select(OutboxRow.body)) if body]


async def delete(sessions: Sessions, content_id: int) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            update(ContentItem).where(ContentItem.id == content_id).values(deleted_at=func.now())
        )


async def stored(media: MediaStore) -> set[str]:
    return {info.key async for info in media.listing("thumbnails")}


@asynccontextmanager
async def running(maker: ThumbnailMaker) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(maker.make_wanted(stop))
        tasks.create_task(maker.look_for_lacking(timedelta(seconds=0.05), stop))
        yield
        stop.set()


async def test_three_are_made_that_point_at_their_item(
    sessions: Sessions, media: MediaStore
) -> None:
    item = await make_item(sessions, media)

    assert await make_thumbnails(item.id, sessions=sessions, media=media)

    rows = await rows_of(sessions, item.id)
    assert {size: (row.width, row.height) for size, row in rows.items()} == {
        "small": (256, 128),
        "medium": (512, 256),
        "large": (600, 300),
    }
    for row in rows.values():
        data = await media.get(row.storage_key)
        assert len(data) == row.byte_size
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.size) == ("WEBP", (row.width, row.height))


async def test_the_item_is_told_once_with_a_new_version(
    sessions: Sessions, media: MediaStore
) -> None:
    item = await make_item(sessions, media)

    assert await make_thumbnails(item.id, sessions=sessions, media=media)
    assert not await make_thumbnails(item.id, sessions=sessions, media=media)

    (event,) = await told(sessions)
    assert event["type"] == "content.updated"
    assert event["user_id"] == str(item.user_id)
    assert (event["content"]["id"], event["content"]["version"]) == (item.id, 2)


async def test_of_two_makers_at_once_one_tells(sessions: Sessions, media: MediaStore) -> None:
    items = [await make_item(sessions, media) for _ in range(5)]

    for item in items:
        made = await asyncio.gather(
            make_thumbnails(item.id, sessions=sessions, media=media),
            make_thumbnails(item.id, sessions=sessions, media=media),
        )
        assert sorted(made) == [False, True]

    assert len(await told(sessions)) == 5
    assert len(await stored(media)) == 15


async def test_the_one_who_finds_its_item_deleted_meanwhile_removes_its_files(
    sessions: Sessions, media: MediaStore
) -> None:
    item = await make_item(sessions, media)
    with killing_at("content.thumbnails_stored"), pytest.raises(Killed):
        await make_thumbnails(item.id, sessions=sessions, media=media)
    assert len(await stored(media)) == 3

    making = asyncio.create_task(make_thumbnails(item.id, sessions=sessions, media=media))
    async with transaction(sessions) as session:
        await session.execute(
            update(ContentItem).where(ContentItem.id == item.id).values(deleted_at=func.now())
        )
        await until(lambda: waits_for_lock(sessions), what="the maker waits for the deletion")

    assert not await making
    assert await stored(media) == set()
    assert await rows_of(sessions, item.id) == {}
    assert await told(sessions) == []


async def test_an_item_that_changes_meanwhile_is_told_of_as_it_is_then(
    sessions: Sessions, media: MediaStore
) -> None:
    item = await make_item(sessions, media)

    async with transaction(sessions) as session:
        await session.execute(update(ContentItem).values(title="renamed", version=2))
        making = asyncio.create_task(make_thumbnails(item.id, sessions=sessions, media=media))
        await until(lambda: waits_for_lock(sessions), what="the maker waits for the change")
    assert await making

    (event,) = await told(sessions)
    assert (event["content"]["title"], event["content"]["version"]) == ("renamed", 3)
    assert set(await rows_of(sessions, item.id)) == set(SIZES)


async def waits_for_lock(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def test_wanted_ones_are_made_in_the_background(
    sessions: Sessions, media: MediaStore
) -> None:
    made: list[bool] = []
    maker = ThumbnailMaker(sessions, media, on_made=lambda: made.append(True))
    item = await make_item(sessions, media)

    maker.want(item.id)
    async with running(maker):
        await until(lambda: rows_of(sessions, item.id))

    assert made == [True]


async def test_what_a_crash_or_an_import_left_without_is_found(
    sessions: Sessions, media: MediaStore
) -> None:
    maker = ThumbnailMaker(sessions, media, on_made=lambda: None)
    at_start = await make_item(sessions, media)
    deleted = await make_item(sessions, media, deleted_at=func.now())
    missing = await make_content(sessions, file_missing=True)
    text_item = await make_item(sessions, media, content_type=JobType.TEXT)

    async with running(maker):
        await until(lambda: rows_of(sessions, at_start.id))
        later = await make_item(sessions, media)
        await until(lambda: rows_of(sessions, later.id))

    for item in (deleted, missing, text_item):
        assert await rows_of(sessions, item.id) == {}


async def test_an_image_that_cannot_be_read_holds_up_no_other(
    sessions: Sessions, media: MediaStore
) -> None:
    maker = ThumbnailMaker(sessions, media, on_made=lambda: None)
    lost = await make_content(sessions)
    torn = await make_content(sessions)
    await media.put(torn.storage_key, picture()[:99], mime_type="image/png")
    whole = await make_item(sessions, media)
    for item in (lost, torn, whole):
        maker.want(item.id)

    async with running(maker):
        await until(lambda: rows_of(sessions, whole.id))

    with pytest.raises(MediaMissing):
        await make_thumbnails(lost.id, sessions=sessions, media=media)
    with pytest.raises(UnusableImage):
        await make_thumbnails(torn.id, sessions=sessions, media=media)


async def test_killed_between_two_steps_they_are_made_all_the_same(
    sessions: Sessions, media: MediaStore
) -> None:
    item = await make_item(sessions, media)

    with killing_at("content.thumbnails_stored"), pytest.raises(Killed):
        await make_thumbnails(item.id, sessions=sessions, media=media)
    assert await make_thumbnails(item.id, sessions=sessions, media=media)

    assert set(await rows_of(sessions, item.id)) == set(SIZES)
    assert await stored(media) == {thumbnail_key(item.id, size) for size in SIZES}
    assert len(await told(sessions)) == 1
