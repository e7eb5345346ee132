"""Copy a legacy file into the media store: opened without following a link, hashed, verified."""

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from deploy.legacy_import.paths import MEDIA_TYPES, Place, Root, normal, places_of
from shared.db.imported import StoredFile
from shared.errors import Unavailable
from shared.jobs import JobId
from shared.media import MediaStore, output_key
from shared.media.images import MAX_BYTES, UnusableImage, examine

COPIED_AT_ONCE = 4
ATTEMPT = 0  # in the media key: none of Darkroom's own
UNKNOWN_TYPE = "application/octet-stream"


class FilesUnavailable(Unavailable):
    """A folder of --files is not there, or cannot be read at all."""

    code = "files_unavailable"


class CopyDamaged(Unavailable):
    """The store gave back other bytes than it was given."""

    code = "copy_damaged"


class Trouble(StrEnum):
    """Why a file cannot be had."""

    NOT_FOUND = "not found"
    OUTSIDE = "outside of the folders given as --files"
    A_LINK = "a link, which is never followed"
    NOT_A_FILE = "not a file"
    UNREADABLE = "cannot be read"
    EMPTY = "empty"
    TOO_LARGE = f"more than {MAX_BYTES // 1_000_000} million bytes"


@dataclass(frozen=True, slots=True)
class Copied:
    file: StoredFile
    trouble: Trouble | None = None
    damage: str | None = None  # what is wrong with an image that was copied all the same


class Unusable(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def check_roots(roots: Sequence[Root]) -> None:
    """Raises FilesUnavailable."""
    for root in roots:
        if not root.new.is_dir():
            raise FilesUnavailable(f"--files: there is no folder {root.new}")
        os.close(_open_root(root.new))


def read_inside(place: Place, *, most: int = MAX_BYTES) -> bytes:
    """`most`: bytes to be read. Raises Unusable, FilesUnavailable."""
    descriptor = _open_inside(place)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unusable(Trouble.NOT_A_FILE)
        if found.st_size > MAX_BYTES:
            raise Unusable(Trouble.TOO_LARGE)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(most)
    except OSError as error:
        raise Unusable(Trouble.UNREADABLE) from error
    finally:
        os.close(descriptor)
    if not data:
        raise Unusable(Trouble.EMPTY)
    return data


def _open_root(root: Path) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FilesUnavailable(f"--files: {root}: {error.strerror}") from error


def _open_inside(place: Place) -> int:
    """Step by step from the folder: whoever swaps a link in meanwhile gains nothing."""
    *folders, name = place.relative.split("/")
    current = _open_root(place.root)
    try:
        for folder in folders:
            deeper = _open(folder, os.O_DIRECTORY, current)
            os.close(current)
            current = deeper
        # A pipe that nobody writes to must not hold us up.
        return _open(name, os.O_NONBLOCK, current)
    finally:
        os.close(current)


def _open(name: str, flags: int, folder: int) -> int:
    flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise Unusable(_trouble(error, name, folder)) from error


def _trouble(error: OSError, name: str, folder: int) -> Trouble:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        try:
            is_link = stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except OSError:
            is_link = False
        return Trouble.A_LINK if is_link else Trouble.NOT_FOUND
    if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
        return Trouble.NOT_FOUND
    return Trouble.UNREADABLE


class Files:
    """`media` None: a dry run, which only looks whether files could be read."""

    def __init__(self, roots: Sequence[Root], media: MediaStore | None) -> None:
        self._roots = roots
        self._media = media
        self._threads = ThreadPoolExecutor(COPIED_AT_ONCE, thread_name_prefix="copy")
        self._room = asyncio.Semaphore(COPIED_AT_ONCE)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def is_there(self, path: str) -> bool:
        """Whether a text that could be a path is one."""
        return any(_exists(place) for place in places_of(path, self._roots))

    async def take_path(self, job_id: UUID, path: str) -> Copied:
        """Raises FilesUnavailable, StoreUnavailable, CopyDamaged."""
        async with self._room:
            loop = asyncio.get_running_loop()
            try:
                data = await loop.run_in_executor(self._threads, self._read, path)
            except Unusable as error:
                return Copied(missing_file(job_id, path), error.trouble)
            if self._media is None:
                return Copied(missing_file(job_id, path))
            suffix = os.path.splitext(normal(path))[1].lower()
            copied = await loop.run_in_executor(self._threads, _described, job_id, suffix, data)
            await self._store(copied.file, data)
            return copied

    async def take_text(self, job_id: UUID, text: str) -> Copied:
        data = text.encode()
        file = _stored(job_id, data, extension="txt", mime_type="text/plain")
        async with self._room:
            await self._store(file, data)
        return Copied(file)

    def _read(self, path: str) -> bytes:
        """From the first place that has it. Raises Unusable with the first thing that is wrong."""
        most = MAX_BYTES if self._media else 1
        first = None if path else Unusable(Trouble.NOT_FOUND)
        for place in places_of(path, self._roots):
            try:
                return read_inside(place, most=most)
            except Unusable as error:
                first = first if first and first.trouble != Trouble.NOT_FOUND else error
        raise first or Unusable(Trouble.OUTSIDE)

    async def _store(self, file: StoredFile, data: bytes) -> None:
        if self._media is None:
            return
        await self._media.put(file.storage_key, data, mime_type=file.mime_type)
        digest = hashlib.sha256(await self._media.get(file.storage_key)).hexdigest()
        if digest != file.sha256:
            raise CopyDamaged(f"the media store gave back other bytes of {file.storage_key}")


def _exists(place: Place) -> bool:
    try:
        descriptor = _open_inside(place)
    except Unusable:
        return False
    os.close(descriptor)
    return True


def _described(job_id: UUID, suffix: str, data: bytes) -> Copied:
    """By the bytes where they are an image, by the name where not."""
    mime_type = MEDIA_TYPES.get(suffix, UNKNOWN_TYPE)
    extension = suffix[1:] if suffix in MEDIA_TYPES else "bin"
    if mime_type.startswith(("video", "audio", "text")):
        return Copied(_stored(job_id, data, extension=extension, mime_type=mime_type))
    try:
        picture = examine(data)
    except UnusableImage as error:
        file = _stored(job_id, data, extension=extension, mime_type=mime_type)
        return Copied(file, damage=str(error))
    return Copied(
        _stored(
            job_id,
            data,
            extension=picture.extension,
            mime_type=picture.mime_type,
            size=(picture.width, picture.height),
        )
    )


def _stored(
    job_id: UUID,
    data: bytes,
    *,
    extension: str,
    mime_type: str,
    size: tuple[int, int] | tuple[None, None] = (None, None),
) -> StoredFile:
    sha256 = hashlib.sha256(data).hexdigest()
    key = output_key(JobId(job_id), ATTEMPT, sha256, extension)
    return StoredFile(key, mime_type, len(data), sha256, *size)


def missing_file(job_id: UUID, path: str) -> StoredFile:
    """Under a key that no file ever has."""
    mime_type = MEDIA_TYPES.get(os.path.splitext(path)[1].lower(), UNKNOWN_TYPE)
    key = output_key(JobId(job_id), ATTEMPT, "0" * 64, "missing")
    return StoredFile(key, mime_type, 0, "", is_missing=True)
