"""The media store in a folder. obstore waits for the disk, so it does that in a thread."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from shared.media.folder import Folder
from shared.media.keys import checked
from shared.media.store import (
    CHUNK_BYTES,
    MediaInfo,
    MediaMissing,
    MediaStore,
    StoreUnavailable,
)


class FolderStore(MediaStore):
    def __init__(self, path: Path) -> None:
        self._folder = Folder(path)

    async def put_all(self, files: Mapping[str, bytes], *, mime_type: str) -> None:
        def store_all() -> None:
            with _outages():
                for key, data in files.items():
                    obstore.put(self._reach(key), key, data, use_multipart=False)
                self._folder.make_durable(files)

        await asyncio.to_thread(store_all)

    async def put_file(self, key: str, file: BinaryIO, *, mime_type: str) -> None:
        def store_it() -> None:
            with _outages():
                obstore.put(self._reach(key), key, file)
                self._folder.make_durable([key])

        await asyncio.to_thread(store_it)

    async def get(self, key: str) -> bytes:
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
        store = await asyncio.to_thread(self._reach, prefix)
        with _outages():
            async for chunk in obstore.list(store, prefix):
                paths = [found["path"] for found in chunk]
                ours = await asyncio.to_thread(self._folder.ours_of, paths)
                for found in chunk:
                    if found["path"] in ours:
                        yield MediaInfo(found["path"], found["size"], found["last_modified"])

    async def remove_torn_writes(self, *, older_than: timedelta) -> int:
        with _outages():
            return await asyncio.to_thread(self._folder.remove_torn_writes, older_than)

    async def free_bytes(self) -> int | None:
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
