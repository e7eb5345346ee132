"""What every media store promises."""

import asyncio
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.errors import Invalid
from shared.media import InvalidKey, MediaMissing, MediaStore, StoreUnavailable, open_media

PNG = "image/png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


@pytest.fixture
def media(folder: Path) -> MediaStore:
    return open_media(str(folder))


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


async def test_a_link_inside_the_folder_is_not_followed(
    media: MediaStore, folder: Path, tmp_path: Path
) -> None:
    await media.put("jobs/x.png", b"x", mime_type=PNG)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "file").write_bytes(b"secret")
    (folder / "jobs" / "link").symlink_to(secret)

    with pytest.raises(InvalidKey):
        await media.get("jobs/link/file")
    with pytest.raises(InvalidKey):
        await media.put("jobs/link/new", b"x", mime_type=PNG)
    assert await everything(media, "jobs") == {"jobs/x.png"}
    assert not (secret / "new").exists()


async def test_a_probe_leaves_nothing_behind(media: MediaStore) -> None:
    await media.probe()

    assert await everything(media, "probe") == set()


async def test_a_folder_has_limited_space(media: MediaStore) -> None:
    assert (await media.free_bytes() or 0) > 0


def test_a_url_that_is_no_folder_is_refused() -> None:
    with pytest.raises(Invalid, match="MEDIA_URL"):
        open_media("gopher://bucket")


async def test_a_folder_that_vanished_is_an_outage_and_not_a_missing_file(
    media: MediaStore, folder: Path
) -> None:
    await media.put("jobs/x.png", b"x", mime_type=PNG)
    volume = unmount(folder)

    with pytest.raises(StoreUnavailable, match="mounted"):
        await media.get("jobs/x.png")
    with pytest.raises(StoreUnavailable):
        await media.stat("jobs/x.png")
    with pytest.raises(StoreUnavailable):
        await media.put("jobs/y.png", b"y", mime_type=PNG)
    with pytest.raises(StoreUnavailable):
        await media.probe()

    mount(volume, folder)
    assert await media.get("jobs/x.png") == b"x"


KILLED_WHILE_WRITING = """
import asyncio, os, sys, threading, time
from pathlib import Path
from shared.media import open_media
folder = Path(sys.argv[1])
def end_in_the_middle():
    while not list(folder.rglob("*#*")):
        pass
    os._exit(9)
threading.Thread(target=end_in_the_middle, daemon=True).start()
async def main():
    media = open_media(sys.argv[1])
    for number in range(1000):
        await media.put(f"jobs/{number}.png", bytes(20_000_000), mime_type="image/png")
        (folder / f"jobs/{number}.png").unlink()
asyncio.run(main())
"""


async def test_what_a_killed_process_left_half_written_is_no_file_and_can_be_removed(
    media: MediaStore, folder: Path
) -> None:
    await media.put("jobs/whole.png", b"whole", mime_type=PNG)
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED_WHILE_WRITING, str(folder)], check=False
    )
    assert ended.returncode == 9
    assert await everything(media, "jobs") == {"jobs/whole.png"}

    assert await media.remove_torn_writes(older_than=timedelta(hours=1)) == 0
    assert await media.remove_torn_writes(older_than=timedelta(0)) == 1
    assert await media.get("jobs/whole.png") == b"whole"


def unmount(folder: Path) -> Path:
    """A mount point without its volume is an empty folder."""
    volume = folder.with_name("volume")
    folder.rename(volume)
    folder.mkdir()
    return volume


def mount(volume: Path, folder: Path) -> None:
    folder.rmdir()  # refused if anything was written to it
    volume.rename(folder)


async def test_a_folder_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreUnavailable, match="Not a directory"):
        await open_media(str(tmp_path / "file" / "media")).probe()


FULL_DISK = """
import asyncio, resource, sys
from shared.media import StoreUnavailable, open_media
async def main():
    media = open_media(sys.argv[1])
    await media.put("jobs/small.png", b"small", mime_type="image/png")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    for attempt in (media.put("jobs/x.png", bytes(5000), mime_type="image/png"), media.probe()):
        try:
            await attempt
        except StoreUnavailable as error:
            print(error)
    print(await media.stat("jobs/x.png"), await media.get("jobs/small.png"))
asyncio.run(main())
"""


def test_a_disk_that_refuses_a_write_is_an_outage_and_leaves_no_half_file(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder)], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines() == [
        "the media store: File too large",
        "the media store: File too large",
        "None b'small'",
    ]
    assert [path.name for path in (folder / "jobs").iterdir()] == ["small.png"]
    shutil.rmtree(folder)
