"""Is this a whole picture? Decoded to its last pixel, within bounds."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

from PIL import Image

MOST_PIXELS = 64_000_000

# What Pillow's readers raise at bytes that are not what their head says.
_TORN = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    EOFError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Format:
    extension: str
    mime_type: str


FORMATS = {
    "PNG": Format("png", "image/png"),
    "JPEG": Format("jpg", "image/jpeg"),
    "WEBP": Format("webp", "image/webp"),
}


class NotWhole(Exception):
    """A part of it is missing; it may still be being written."""


class NotAPicture(Exception):
    """It will never be one that may be shown."""


def check_picture(data: bytes) -> Format:
    """Slow, so not for the event loop. Raises NotWhole or NotAPicture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
        except (*_TORN, Image.DecompressionBombError) as error:
            raise _at_the_head(data, error) from error
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise NotAPicture(f"{image.width} x {image.height} pixels are too many")
            try:
                image.load()
            except (*_TORN, Image.DecompressionBombError, MemoryError) as error:
                raise NotWhole(str(error)) from error
    return FORMATS[str(image.format)]


def _at_the_head(data: bytes, error: Exception) -> NotWhole | NotAPicture:
    if isinstance(error, Image.DecompressionBombError):
        return NotAPicture("it has too many pixels")
    heads = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")
    if any(data.startswith(head[: len(data)]) for head in heads):
        return NotWhole("it ends within its head")
    return NotAPicture("the output is not a picture")
