"""What MEDIA_URL may say: a folder, or a bucket of Amazon's or of anything that speaks S3.

path                                                      a folder, made when first used
s3://bucket[/prefix]                                      the rest is in AWS_* or the machine's role
s3+https://KEY:SECRET@host[:port]/bucket[/prefix][?region=…]   and s3+http:// in a private network

Apart from `shared.media`: who only reads settings needs no store. No message repeats what it was
given, which may be a secret in the wrong place.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from shared.errors import Invalid

DEFAULT_REGION = "us-east-1"

_MEANT_AS_BUCKET = re.compile(r"s3(\+https?)?:")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"(?!\.\.?(?:/|$))[A-Za-z0-9._-]+(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._-]+)*")
_REGION = re.compile(r"[a-z0-9-]{1,32}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_FORMS = "s3://bucket/prefix or s3+https://KEY:SECRET@host:port/bucket/prefix"


class UnsupportedMediaUrl(Invalid):
    code = "unsupported_media_url"


@dataclass(frozen=True)
class FolderAddress:
    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Keys:
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True)
class Server:
    """One that is not Amazon's own, and how it knows us."""

    url: str  # without keys
    region: str
    keys: Keys


@dataclass(frozen=True)
class BucketAddress:
    bucket: str
    prefix: str | None
    server: Server | None  # None: as the AWS_* variables say

    def __str__(self) -> str:
        """For people: no key is in it."""
        place = f"s3://{self.bucket}" + (f"/{self.prefix}" if self.prefix else "")
        return f"{place} at {self.server.url}" if self.server else place


def parse_media_url(url: str) -> FolderAddress | BucketAddress:
    """Raises UnsupportedMediaUrl."""
    if "://" not in url and not _MEANT_AS_BUCKET.match(url):
        return FolderAddress(Path(url))
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - only now it is looked at
    except ValueError:
        raise UnsupportedMediaUrl(_MISREAD) from None
    if url.startswith("s3://"):
        return _amazons(parts)
    if url.startswith(("s3+https://", "s3+http://")):
        return _anothers(parts)
    raise UnsupportedMediaUrl(f"MEDIA_URL must be the path of a folder, {_FORMS}")


_MISREAD = (
    "MEDIA_URL cannot be read: it must be like s3+https://KEY:SECRET@host:port/bucket/prefix, and"
    " in KEY and SECRET each / must be written as %2F, + as %2B, @ as %40, : as %3A, % as %25"
)


def _amazons(parts: SplitResult) -> BucketAddress:
    if "@" in parts.netloc or ":" in parts.netloc:
        raise UnsupportedMediaUrl(
            "MEDIA_URL has keys or a port, which s3:// does not take: keys belong into"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write s3+https://KEY:SECRET@host/bucket"
        )
    if parts.query or parts.fragment:
        raise UnsupportedMediaUrl("MEDIA_URL must end with its prefix: s3://bucket/prefix")
    return _bucket(f"{parts.netloc}{parts.path}", server=None)


def _anothers(parts: SplitResult) -> BucketAddress:
    user, at, host_and_port = parts.netloc.rpartition("@")
    key, colon, secret = user.partition(":")
    if not (at and colon and key and secret) or ":" in secret:
        raise UnsupportedMediaUrl(_MISREAD)
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or parts.fragment:
        raise UnsupportedMediaUrl(_MISREAD)
    server = Server(
        url=f"{parts.scheme.removeprefix('s3+')}://{host_and_port}",
        region=_region(parts.query),
        keys=Keys(unquote(key), unquote(secret)),
    )
    return _bucket(parts.path.removeprefix("/"), server=server)


def _bucket(text: str, *, server: Server | None) -> BucketAddress:
    bucket, _, prefix = text.rstrip("/").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UnsupportedMediaUrl(
            "MEDIA_URL names no bucket: it has 3 to 63 small letters, digits, dots or hyphens, and"
            f" the whole is like {_FORMS}"
        )
    if prefix and not _PREFIX.fullmatch(prefix):
        raise UnsupportedMediaUrl(
            "MEDIA_URL has a prefix that cannot be: letters, digits, . _ - and / between them"
        )
    return BucketAddress(bucket, prefix or None, server)


def _region(query: str) -> str:
    fields = parse_qsl(query, keep_blank_values=True)
    region = dict(fields).get("region", DEFAULT_REGION)
    if any(name != "region" for name, _ in fields) or not _REGION.fullmatch(region):
        raise UnsupportedMediaUrl("MEDIA_URL may end with ?region=eu-central-1 and nothing else")
    return region
