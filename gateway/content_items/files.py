"""Bytes of the media store as HTTP: entity tags, one range, and nothing a browser would run."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from gateway.entity_tags import is_unchanged
from shared.errors import NotFound, Refused
from shared.media import MediaMissing, MediaStore

# The address changes with the bytes (`?v=`), so what a browser has is good for ever.
CACHE_FOR_EVER = "private, max-age=31536000, immutable"
ACTIVE_CONTENT_POLICY = "sandbox; default-src 'none'"

EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class FileMissing(NotFound):
    code = "file_missing"


class RangeNotSatisfiable(Refused):
    code, status = "range_not_satisfiable", 416

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes")
        self.headers = {"Content-Range": f"bytes */{size}"}


@dataclass(frozen=True)
class File:
    key: str
    mime_type: str
    entity_tag: str  # without quotes
    name: str
    as_attachment: bool = False

    def headers(self) -> dict[str, str]:
        kind = "attachment" if self.as_attachment else "inline"
        return {
            "ETag": f'"{self.entity_tag}"',
            "Cache-Control": CACHE_FOR_EVER,
            "Accept-Ranges": "bytes",
            "Content-Disposition": f'{kind}; filename="{self.name}"',
            "Content-Security-Policy": ACTIVE_CONTENT_POLICY,
        }


@dataclass(frozen=True)
class Span:
    """Bytes from `start` up to, not including, `end`."""

    start: int
    end: int


def wanted_span(headers: Mapping[str, str], *, entity_tag: str, size: int) -> Span | None:
    """None: all of it; several ranges and other units are passed over, as RFC 9110 allows.

    Raises RangeNotSatisfiable."""
    match = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if match is None or headers.get("if-range", f'"{entity_tag}"') != f'"{entity_tag}"':
        return None
    first, last = match[1], match[2]
    if not first and not last:
        return None
    if first:
        span = Span(int(first), min(int(last) + 1, size) if last else size)
        if last and int(last) < int(first):
            return None
    else:
        span = Span(max(size - int(last), 0), size)
    if span.start >= size or span.start >= span.end:
        raise RangeNotSatisfiable(size)
    return span


async def send_file(media: MediaStore, file: File, headers: Mapping[str, str]) -> Response:
    """Raises FileMissing, RangeNotSatisfiable, StoreUnavailable."""
    if is_unchanged(headers, file.entity_tag):
        return Response(status_code=304, headers=file.headers())
    info = await media.stat(file.key)
    if info is None:
        raise FileMissing("the file of this item is missing from the media store")
    span = wanted_span(headers, entity_tag=file.entity_tag, size=info.size)
    sent = span or Span(0, info.size)
    answer_headers = file.headers() | {"Content-Length": str(sent.end - sent.start)}
    if span is not None:
        answer_headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{info.size}"
    return StreamingResponse(
        await _begun(media.stream(file.key, start=sent.start, end=sent.end)),
        status_code=200 if span is None else 206,
        media_type=file.mime_type,
        headers=answer_headers,
    )


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """With its first chunk read, so that what is missing is said before the answer begins."""
    try:
        first = await anext(chunks, b"")
    except MediaMissing as error:
        raise FileMissing("the file of this item is missing from the media store") from error

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return all_of_them()
