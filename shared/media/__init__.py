"""The files of the gallery: `from shared.media import MediaStore, open_media`."""

from shared.media.keys import (
    InvalidKey,
    OutputKey,
    ThumbnailKey,
    output_key,
    parse_output_key,
    parse_thumbnail_key,
    thumbnail_key,
)
from shared.media.opening import open_media
from shared.media.store import MediaInfo, MediaMissing, MediaStore, StoreUnavailable

__all__ = [
    "InvalidKey",
    "MediaInfo",
    "MediaMissing",
    "MediaStore",
    "OutputKey",
    "StoreUnavailable",
    "ThumbnailKey",
    "open_media",
    "output_key",
    "parse_output_key",
    "parse_thumbnail_key",
    "thumbnail_key",
]
