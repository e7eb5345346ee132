"""The media store: whole files under keys, in a folder (or later a bucket)."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from shared.errors import Invalid, NotFound
from shared.media.folder import Folder, StoreUnavailable
from shared.media.keys import PROBES, checked

CHUNK_BYTES = 256 * 1024
PROBE_BYTES = 64 * 1024


class MediaMissing(NotFound):
    code = "media_missing"


class UnsupportedMediaUrl(Invalid):
    code = "unsupported_media_url"


@dataclass(frozen=True)
class MediaInfo:
    key: str
    size: int  # bytes
    modified: datetime


class MediaStore:
    """Every call may raise StoreUnavailable (an outage) and InvalidKey (nothing of ours)."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def put(self, key: str, data: bytes, *, mime_type: str) -> None:
        """Durable when it returns. The same key again replaces the file in one step.

        `mime_type` is for a bucket, which serves it; a folder has no place for it."""
        await self.put_all({key: data}, mime_type=mime_type)

    async def put_file(self, key: str, file: BinaryIO, *, mime_type: str) -> None:
        """As `put`, of what is too large for the memory: all of `file` from where it stands."""

        def store_it() -> None:
            with _outages():
                obstore.put(self._reach(key), key, file)
                self._folder.make_durable([key])

        await asyncio.to_thread(store_it)

    async def put_all(self, files: Mapping[str, bytes], *, mime_type: str) -> None:
        """As `put` each of them, by key; what they have in common is made durable once."""

        def store_all() -> None:
            with _outages():
                for key, data in files.items():
                    obstore.put(self._reach(key), key, data, use_multipart=False)
                self._folder.make_durable(files)

        await asyncio.to_thread(store_all)

    async def get(self, key: str) -> bytes:
        """Raises MediaMissing."""

        def read() -> bytes:
            with self._missing(key):
                return bytes(obstore.get(self._reach(key), key).bytes())

        return await asyncio.to_thread(read)

    async def stat(self, key: str) -> MediaInfo | None:
        return await asyncio.to_thread(self._stat, key)

    def _stat(self, key: str) -> MediaInfo | None:
        store = self._reach(key)
        try:
            with self._missing(key):
                found = obstore.head(store, key)
        except MediaMissing:
            return None
        return MediaInfo(key, found["size"], found["last_modified"])

    async def delete(self, key: str) -> None:
        """What is not there is deleted already."""
        await asyncio.to_thread(self._delete, key)

    def _delete(self, key: str) -> None:
        store = self._reach(key)
        try:
            with self._missing(key):
                obstore.delete(store, key)
        except MediaMissing:
            return

    async def stream(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. MediaMissing comes with the first."""
        info = await self.stat(key)
        if info is None:
            raise MediaMissing(key)
        end = info.size if end is None else min(end, info.size)
        if start >= end:
            return
        store = await asyncio.to_thread(self._reach, key)
        with self._missing(key):
            found = await obstore.get_async(store, key, options={"range": (start, end)})
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def listing(self, prefix: str) -> AsyncIterator[MediaInfo]:
        """Everything below the folder `prefix`, in no order; never through a link."""
        store = await asyncio.to_thread(self._reach, prefix)
        with _outages():
            async for chunk in obstore.list(store, prefix):
                paths = [found["path"] for found in chunk]
                ours = await asyncio.to_thread(self._folder.ours_of, paths)
                for found in chunk:
                    if found["path"] in ours:
                        yield MediaInfo(found["path"], found["size"], found["last_modified"])

    async def probe(self) -> None:
        """A test write: StoreUnavailable says why files cannot be stored now."""
        key = f"{PROBES}/{uuid4().hex}"
        await self.put(key, bytes(PROBE_BYTES), mime_type="application/octet-stream")
        await self.delete(key)

    async def remove_torn_writes(self, *, older_than: timedelta) -> int:
        """What killed processes left half-written, which has no key; how many there were."""
        with _outages():
            return await asyncio.to_thread(self._folder.remove_torn_writes, older_than)

    async def free_bytes(self) -> int | None:
        """None: without limit."""
        return await asyncio.to_thread(self._folder.free_bytes)

    def _reach(self, key: str) -> ObjectStore:
        checked(key)
        store = self._folder.opened()
        self._folder.refuse_links(key)
        return store

    @contextmanager
    def _missing(self, key: str) -> Iterator[None]:
        with _outages():
            try:
                yield
            except FileNotFoundError as error:
                self._folder.opened()  # or is it the whole folder that went away?
                raise MediaMissing(key) from error


def open_media(url: str) -> MediaStore:
    """`url`: the path of a folder, made when first used. Never touches the disk itself."""
    if "://" in url:
        raise UnsupportedMediaUrl(f"MEDIA_URL must be the path of a folder, not {url!r}")
    return MediaStore(Folder(Path(url)))


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"the media store: {_why(error)}") from error


def _why(error: Exception) -> str:
    """In words and without a path, which the store's own words name."""
    number = re.search(r"\(os error (\d+)\)", str(error))
    if number:
        return os.strerror(int(number[1]))
    return str(error).partition("\n")[0]
