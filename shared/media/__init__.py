"""The files of the gallery: `from shared.media import MediaStore, open_media`."""

from shared.media.folder import StoreUnavailable
from shared.media.keys import (
    InvalidKey,
    OutputKey,
    ThumbnailKey,
    output_key,
    parse_output_key,
    parse_thumbnail_key,
    thumbnail_key,
)
from shared.media.store import MediaInfo, MediaMissing, MediaStore, UnsupportedMediaUrl, open_media

__all__ = [
    "InvalidKey",
    "MediaInfo",
    "MediaMissing",
    "MediaStore",
    "OutputKey",
    "StoreUnavailable",
    "ThumbnailKey",
    "UnsupportedMediaUrl",
    "open_media",
    "output_key",
    "parse_output_key",
    "parse_thumbnail_key",
    "thumbnail_key",
]
