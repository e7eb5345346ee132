"""The media store: whole files under keys, in a folder or in a bucket."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import uuid4

from shared.errors import NotFound, Unavailable
from shared.media.keys import PROBES

CHUNK_BYTES = 256 * 1024
PROBE_BYTES = 64 * 1024


class MediaMissing(NotFound):
    code = "media_missing"


class StoreUnavailable(Unavailable):
    """The disk or bucket is away, full or read-only. The message says which, without a path."""

    code = "store_unavailable"


@dataclass(frozen=True)
class MediaInfo:
    key: str
    size: int  # bytes
    modified: datetime


class MediaStore(ABC):
    """Every call may raise StoreUnavailable (an outage) and InvalidKey (nothing of ours)."""

    async def put(self, key: str, data: bytes, *, mime_type: str) -> None:
        """Durable when it returns. The same key again replaces the file in one step.

        `mime_type` is for a bucket, which serves it; a folder has no place for it."""
        await self.put_all({key: data}, mime_type=mime_type)

    @abstractmethod
    async def put_file(self, key: str, file: BinaryIO, *, mime_type: str) -> None:
        """As `put`, of what is too large for the memory: all of `file` from where it stands."""

    @abstractmethod
    async def put_all(self, files: Mapping[str, bytes], *, mime_type: str) -> None:
        """As `put` each of them, by key; what they have in common is made durable once."""

    @abstractmethod
    async def get(self, key: str) -> bytes:
        """Raises MediaMissing."""

    @abstractmethod
    async def stat(self, key: str) -> MediaInfo | None: ...

    @abstractmethod
    async def delete(self, key: str) -> None:
        """What is not there is deleted already."""

    @abstractmethod
    def stream(self, key: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. MediaMissing comes with the first."""

    @abstractmethod
    def listing(self, prefix: str) -> AsyncIterator[MediaInfo]:
        """Everything below the folder `prefix`, in no order; never through a link."""

    async def reachable(self) -> None:
        """A readiness check, asked every few seconds: it writes nothing."""
        await self.stat(f"{PROBES}/reachable")

    async def probe(self) -> None:
        """A test write: StoreUnavailable says why files cannot be stored now."""
        key = f"{PROBES}/{uuid4().hex}"
        await self.put(key, bytes(PROBE_BYTES), mime_type="application/octet-stream")
        await self.delete(key)

    @abstractmethod
    async def remove_torn_writes(self, *, older_than: timedelta) -> int:
        """What killed processes left half-written, which has no key; how many there were."""

    @abstractmethod
    async def free_bytes(self) -> int | None:
        """None: without limit."""
