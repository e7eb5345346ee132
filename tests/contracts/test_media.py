"""What every media store promises, in a folder and in a bucket."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.media import InvalidKey, MediaMissing, MediaStore, open_media

PNG = "image/png"


@pytest.fixture(params=["folder", "bucket", "bucket with a prefix"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "folder":
        return open_media(str(tmp_path / "not" / "there" / "yet"))
    url: str = request.getfixturevalue("bucket_url")
    return open_media(url if request.param == "bucket" else f"{url}/darkroom/media")


async def everything(media: MediaStore, prefix: str) -> set[str]:
    return {info.key async for info in media.listing(prefix)}


async def test_what_was_put_is_got_back(media: MediaStore) -> None:
    await media.put("jobs/a/1/x.png", b"bytes", mime_type=PNG)

    assert await media.get("jobs/a/1/x.png") == b"bytes"


async def test_a_file_of_any_size_is_put_from_where_it_stands(
    media: MediaStore, tmp_path: Path
) -> None:
    data = os.urandom(12_000_000)
    (tmp_path / "film").write_bytes(b"head" + data)
    with (tmp_path / "film").open("rb") as file:
        file.seek(4)
        await media.put_file("jobs/film.mp4", file, mime_type="video/mp4")

    assert await media.get("jobs/film.mp4") == data
    assert await everything(media, "jobs") == {"jobs/film.mp4"}


async def test_the_same_key_again_replaces_the_file(media: MediaStore) -> None:
    await media.put("jobs/x.png", b"old and longer", mime_type=PNG)
    await media.put("jobs/x.png", b"new", mime_type=PNG)

    assert await media.get("jobs/x.png") == b"new"


async def test_two_at_once_leave_one_whole_file(media: MediaStore) -> None:
    one, two = b"1" * 300_000, b"2" * 300_000

    async with asyncio.TaskGroup() as tasks:
        for data in (one, two) * 10:
            tasks.create_task(media.put("jobs/x.png", data, mime_type=PNG))

    assert await media.get("jobs/x.png") in (one, two)
    assert await everything(media, "jobs") == {"jobs/x.png"}


async def test_what_is_not_there_is_missing(media: MediaStore) -> None:
    assert await media.stat("jobs/none.png") is None
    with pytest.raises(MediaMissing):
        await media.get("jobs/none.png")
    with pytest.raises(MediaMissing):
        await anext(aiter(media.stream("jobs/none.png")))


async def test_deleting_twice_is_deleting_once(media: MediaStore) -> None:
    await media.put("jobs/x.png", b"x", mime_type=PNG)

    await media.delete("jobs/x.png")
    await media.delete("jobs/x.png")

    assert await media.stat("jobs/x.png") is None


async def test_stat_tells_size_and_time(media: MediaStore) -> None:
    await media.put("jobs/x.png", b"12345", mime_type=PNG)

    info = await media.stat("jobs/x.png")

    assert info is not None
    assert (info.key, info.size) == ("jobs/x.png", 5)
    assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, 5, b"34"), (7, None, b"789"), (8, 99, b"89"), (10, None, b"")],
)
async def test_a_range_is_streamed(
    media: MediaStore, start: int, end: int | None, expected: bytes
) -> None:
    await media.put("jobs/x.png", b"0123456789", mime_type=PNG)

    got = b"".join([chunk async for chunk in media.stream("jobs/x.png", start=start, end=end)])

    assert got == expected


async def test_a_large_file_is_streamed_in_pieces(media: MediaStore) -> None:
    data = os.urandom(3_000_000)
    await media.put("jobs/x.png", data, mime_type=PNG)

    pieces = [chunk async for chunk in media.stream("jobs/x.png")]

    assert b"".join(pieces) == data
    assert len(pieces) > 2


async def test_a_listing_has_what_is_below_its_folder(media: MediaStore) -> None:
    for key in ("jobs/a/1/x.png", "jobs/a/2/y.png", "jobsmith/z.png", "thumbnails/1/small.webp"):
        await media.put(key, b"x", mime_type=PNG)

    assert await everything(media, "jobs") == {"jobs/a/1/x.png", "jobs/a/2/y.png"}
    assert await everything(media, "nothing") == set()


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "../x", "a/../../x", "a/./x", "a//x", "a/"),
        *("a\0b", "a b", "ü", "a\\b", "x" * 513, "a/x#1"),
    ],
)
async def test_a_key_that_leads_elsewhere_is_refused(media: MediaStore, key: str) -> None:
    for use in (media.get(key), media.stat(key), media.delete(key)):
        with pytest.raises(InvalidKey):
            await use
    with pytest.raises(InvalidKey):
        await media.put(key, b"x", mime_type=PNG)


async def test_a_probe_leaves_nothing_behind(media: MediaStore) -> None:
    await media.probe()

    assert await everything(media, "probe") == set()


async def test_asking_whether_it_answers_writes_nothing(media: MediaStore) -> None:
    await media.put("jobs/x.png", b"x", mime_type=PNG)

    await media.reachable()

    assert await everything(media, "jobs") == {"jobs/x.png"}
    assert await everything(media, "probe") == set()
