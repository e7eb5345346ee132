"""What a folder promises as a media store, and a bucket has no need to."""

import asyncio
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from shared.media import InvalidKey, MediaStore, StoreUnavailable, open_media
from tests.contracts.test_media import PNG, everything


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


@pytest.fixture
def media(folder: Path) -> MediaStore:
    return open_media(str(folder))


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


async def test_a_folder_has_limited_space(media: MediaStore) -> None:
    assert (await media.free_bytes() or 0) > 0


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
    with pytest.raises(StoreUnavailable, match="mounted"):
        await media.reachable()

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
