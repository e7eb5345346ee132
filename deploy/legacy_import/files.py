"""Copy a legacy file into the media store: hashed, verified, several at once."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BufferedReader
from typing import TypeVar
from uuid import UUID

from deploy.legacy_import.opening import Trouble, Unusable, is_there, open_file
from deploy.legacy_import.paths import MEDIA_TYPES, Root, normal, places_of
from shared.db.imported import StoredFile
from shared.errors import Unavailable
from shared.jobs import JobId
from shared.media import MediaStore, output_key
from shared.media.images import MAX_BYTES, UnusableImage, examine

COPIED_AT_ONCE = 4
ATTEMPT = 0  # in the media key: none of Darkroom's own
UNKNOWN_TYPE = "application/octet-stream"

Result = TypeVar("Result")


class CopyDamaged(Unavailable):
    """The store gave back other bytes than it was given."""

    code = "copy_damaged"


@dataclass(frozen=True, slots=True)
class Copied:
    file: StoredFile
    trouble: Trouble | None = None
    damage: str | None = None  # what is wrong with an image that was copied all the same


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is, by its name."""

    extension: str  # without the dot
    mime_type: str

    @property
    def may_be_image(self) -> bool:
        return not self.mime_type.startswith(("video", "audio", "text"))


class Files:
    """`media` None: a dry run, which only looks whether files could be read.

    `large`: bytes; what is larger is not read into memory, and not looked at."""

    def __init__(
        self, roots: Sequence[Root], media: MediaStore | None, *, large: int = MAX_BYTES
    ) -> None:
        self._roots = roots
        self._media = media
        self._large = large
        self._threads = ThreadPoolExecutor(COPIED_AT_ONCE, thread_name_prefix="copy")
        self._room = asyncio.Semaphore(COPIED_AT_ONCE)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def is_there(self, path: str) -> bool:
        """Whether a text that could be a path is one."""
        return any(is_there(place) for place in places_of(path, self._roots))

    async def take_path(self, job_id: UUID, path: str) -> Copied:
        """Raises FilesUnavailable, StoreUnavailable, CopyDamaged."""
        async with self._room:
            try:
                with await self._in_thread(lambda: self._open(path)) as file:
                    if self._media is None:
                        return Copied(missing_file(job_id, path))
                    return await self._take(self._media, job_id, kind_of(path), file)
            except Unusable as error:
                return Copied(missing_file(job_id, path), error.trouble)

    async def take_text(self, job_id: UUID, text: str) -> Copied:
        data = text.encode()
        file = _stored(job_id, Kind("txt", "text/plain"), len(data), _sha256(data))
        async with self._room:
            if self._media is not None:
                await self._media.put(file.storage_key, data, mime_type=file.mime_type)
                await _verify(self._media, file)
        return Copied(file)

    async def _take(
        self, media: MediaStore, job_id: UUID, kind: Kind, file: BufferedReader
    ) -> Copied:
        size = os.fstat(file.fileno()).st_size
        if size > self._large:
            sha256 = await self._in_thread(lambda: _sha256_of(file))
            stored = _stored(job_id, kind, size, sha256)
            await media.put_file(stored.storage_key, file, mime_type=kind.mime_type)
            damage = f"more than {self._large} bytes, so not looked at"
            copied = Copied(stored, damage=damage if kind.may_be_image else None)
        else:
            data = await self._in_thread(lambda: _read(file))
            copied = await self._in_thread(lambda: _described(job_id, kind, data))
            stored = copied.file
            await media.put(stored.storage_key, data, mime_type=stored.mime_type)
        await _verify(media, stored)
        return copied

    def _open(self, path: str) -> BufferedReader:
        """In the first place that has it. Raises Unusable with the first thing that is wrong."""
        first = None if path else Unusable(Trouble.NOT_FOUND)
        for place in places_of(path, self._roots):
            try:
                return open_file(place)
            except Unusable as error:
                first = first if first and first.trouble != Trouble.NOT_FOUND else error
        raise first or Unusable(Trouble.OUTSIDE)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def kind_of(path: str) -> Kind:
    suffix = os.path.splitext(normal(path))[1].lower()
    mime_type = MEDIA_TYPES.get(suffix)
    return Kind(suffix[1:], mime_type) if mime_type else Kind("bin", UNKNOWN_TYPE)


def missing_file(job_id: UUID, path: str) -> StoredFile:
    """Under a key that no file ever has."""
    key = output_key(JobId(job_id), ATTEMPT, "0" * 64, "missing")
    return StoredFile(key, kind_of(path).mime_type, 0, "", is_missing=True)


async def _verify(media: MediaStore, file: StoredFile) -> None:
    digest = hashlib.sha256()
    async for chunk in media.stream(file.storage_key):
        digest.update(chunk)
    if digest.hexdigest() != file.sha256:
        raise CopyDamaged(f"the media store gave back other bytes of {file.storage_key}")


def _read(file: BufferedReader) -> bytes:
    """Raises Unusable."""
    try:
        return file.read(MAX_BYTES)
    except OSError as error:
        raise Unusable(Trouble.UNREADABLE) from error


def _sha256_of(file: BufferedReader) -> str:
    """Of all of it, and back to its beginning. Raises Unusable."""
    try:
        digest = hashlib.file_digest(file, "sha256")
        file.seek(0)
    except OSError as error:
        raise Unusable(Trouble.UNREADABLE) from error
    return digest.hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _described(job_id: UUID, kind: Kind, data: bytes) -> Copied:
    """By the bytes where they are an image, by the name where not."""
    sha256 = _sha256(data)
    by_name = _stored(job_id, kind, len(data), sha256)
    if not kind.may_be_image:
        return Copied(by_name)
    try:
        picture = examine(data)
    except UnusableImage as error:
        return Copied(by_name, damage=str(error))
    kind = Kind(picture.extension, picture.mime_type)
    stored = _stored(job_id, kind, len(data), sha256)
    return Copied(replace(stored, width=picture.width, height=picture.height))


def _stored(job_id: UUID, kind: Kind, size: int, sha256: str) -> StoredFile:
    key = output_key(JobId(job_id), ATTEMPT, sha256, kind.extension)
    return StoredFile(key, kind.mime_type, size, sha256)
