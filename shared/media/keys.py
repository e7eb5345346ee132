"""Where a file lies in the media store; a key says whose it is.

jobs/<job id>/<attempt>/<sha256>.<extension>     what a worker stored of one attempt
thumbnails/<content id>/<size>.webp              what the content service made of it
probe/<random>                                   a test write
"""

import re
from typing import NamedTuple
from uuid import UUID

from shared.errors import Invalid
from shared.jobs import JobId

OUTPUTS, THUMBNAILS, PROBES = "jobs", "thumbnails", "probe"
MAX_LENGTH = 512

_KEY = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_OUTPUT = re.compile(
    r"jobs/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/(\d{1,9})/([0-9a-f]{64})\.[a-z0-9]{1,8}"
)
_THUMBNAIL = re.compile(r"thumbnails/(\d{1,18})/([a-z]{1,16})\.webp")


class InvalidKey(Invalid):
    code = "invalid_media_key"


class OutputKey(NamedTuple):
    job_id: JobId
    attempt: int
    sha256: str


class ThumbnailKey(NamedTuple):
    content_id: int
    size: str


def output_key(job_id: JobId, attempt: int, sha256: str, extension: str) -> str:
    """`extension` without the dot."""
    return f"{OUTPUTS}/{job_id}/{attempt}/{sha256}.{extension}"


def thumbnail_key(content_id: int, size: str) -> str:
    return f"{THUMBNAILS}/{content_id}/{size}.webp"


def parse_output_key(key: str) -> OutputKey | None:
    found = _OUTPUT.fullmatch(key)
    return OutputKey(JobId(UUID(found[1])), int(found[2]), found[3]) if found else None


def parse_thumbnail_key(key: str) -> ThumbnailKey | None:
    found = _THUMBNAIL.fullmatch(key)
    return ThumbnailKey(int(found[1]), found[2]) if found else None


def is_key(text: str) -> bool:
    """Whether it can only name something inside the store."""
    return (
        len(text) <= MAX_LENGTH
        and _KEY.fullmatch(text) is not None
        and not {".", ".."} & set(text.split("/"))
    )


def checked(key: str) -> str:
    """`key`, if it is one. Raises InvalidKey."""
    if not is_key(key):
        raise InvalidKey(f"not a key of the media store: {key[:80]!r}")
    return key
