"""The media store in an S3 bucket, with as much patience as one call needs.

An outage is said soon; those who wait for its end are our own callers.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from shared.media.bucket_errors import is_of_the_key, is_past_the_end, reason_of
from shared.media.keys import checked, is_key
from shared.media.store import CHUNK_BYTES, MediaInfo, MediaMissing, MediaStore, StoreUnavailable
from shared.media_url import BucketAddress, Keys

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config, S3Credential

ANSWER_SECONDS = 10
SLOWEST = 250_000  # bytes a second; a file that goes slower is given up and tried again
CONNECT = timedelta(seconds=5)

# One request, its body included, has no limit of its own: a browser may take an image slowly.
CLIENT: "ClientConfig" = {
    "allow_http": True,  # the address says which it is
    "connect_timeout": CONNECT,
    "timeout": timedelta(days=1),
}
RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=ANSWER_SECONDS)}


class BucketStore(MediaStore):
    """obstore never blocks here, so no slow server holds up a thread."""

    def __init__(self, address: BucketAddress, *, answer_within: float = ANSWER_SECONDS) -> None:
        self._bucket = _opened(address)
        self._answer_within = answer_within

    async def put_all(self, files: Mapping[str, bytes], *, mime_type: str) -> None:
        for key, data in files.items():
            checked(key)
            async with self._outages(size=len(data)):
                await obstore.put_async(
                    self._bucket,
                    key,
                    data,
                    attributes={"Content-Type": mime_type},
                    use_multipart=False,
                )

    async def put_file(self, key: str, file: BinaryIO, *, mime_type: str) -> None:
        size = os.fstat(file.fileno()).st_size
        async with self._outages(size=size):
            await obstore.put_async(
                self._bucket, checked(key), file, attributes={"Content-Type": mime_type}
            )

    async def get(self, key: str) -> bytes:
        async with self._missing(key):
            found = await obstore.get_async(self._bucket, checked(key))
        async with self._outages(size=found.meta["size"]):
            return bytes(await found.bytes_async())

    async def stat(self, key: str) -> MediaInfo | None:
        try:
            async with self._missing(key):
                found = await obstore.head_async(self._bucket, checked(key))
        except MediaMissing:
            return None
        return MediaInfo(key, found["size"], found["last_modified"])

    async def delete(self, key: str) -> None:
        with suppress(MediaMissing):
            async with self._missing(key):
                await obstore.delete_async(self._bucket, checked(key))

    async def stream(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        if end is not None and start >= end:
            if await self.stat(key) is None:
                raise MediaMissing(key)
            return
        wanted: GetOptions = {"range": {"offset": start} if end is None else (start, end)}
        try:
            async with self._missing(key):
                found = await obstore.get_async(self._bucket, checked(key), options=wanted)
        except _PastTheEnd:
            return
        chunks = aiter(found.stream(min_chunk_size=CHUNK_BYTES))
        while True:
            async with self._outages():
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield bytes(chunk)

    async def listing(self, prefix: str) -> AsyncIterator[MediaInfo]:
        pages = aiter(obstore.list(self._bucket, checked(prefix)))
        while True:
            async with self._outages():
                page = await anext(pages, None)
            if page is None:
                return
            for found in page:
                if is_key(found["path"]):  # else it is somebody else's
                    yield MediaInfo(found["path"], found["size"], found["last_modified"])

    async def remove_torn_writes(self, *, older_than: timedelta) -> int:
        """A bucket keeps whole files only."""
        return 0

    async def free_bytes(self) -> int | None:
        return None

    @asynccontextmanager
    async def _missing(self, key: str) -> AsyncIterator[None]:
        """Raises MediaMissing; StoreUnavailable, if it is the bucket that is not there."""
        async with self._outages():
            try:
                yield
            except FileNotFoundError as error:
                if not is_of_the_key(error):
                    await anext(aiter(obstore.list(self._bucket, key)), None)
                raise MediaMissing(key) from None

    @asynccontextmanager
    async def _outages(self, *, size: int = 0) -> AsyncIterator[None]:
        """`size`: bytes that are on their way meanwhile."""
        try:
            async with asyncio.timeout(self._answer_within + size / SLOWEST):
                yield
        except (BaseError, OSError) as error:
            if is_past_the_end(error):
                raise _PastTheEnd from None
            # Without its cause, whose text quotes the server, and so the access key.
            raise StoreUnavailable(f"the media store: {reason_of(error)}") from None


class _PastTheEnd(Exception):
    """Nothing is left there to read."""


def _opened(address: BucketAddress) -> S3Store:
    config: S3Config = {"disable_bulk_delete": True}  # not every server has it
    credentials = None
    if server := address.server:
        # AWS_* variables, which are for somebody else then, must not change what the URL says.
        config |= {
            "endpoint": server.url,
            "aws_endpoint_url_s3": server.url,
            "region": server.region,
            "virtual_hosted_style_request": False,
            "skip_signature": False,
        }
        credentials = _Credentials(server.keys)
    return S3Store(
        address.bucket,
        prefix=address.prefix,
        config=config,
        client_options=CLIENT,
        retry_config=RETRIES,
        credential_provider=credentials,
    )


class _Credentials:
    """In a class of its own, so that no configuration shows them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __call__(self) -> "S3Credential":
        return {
            "access_key_id": self._keys.access_key_id,
            "secret_access_key": self._keys.secret_access_key,
            "expires_at": None,
        }
