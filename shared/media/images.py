"""What bytes are: a whole image, a torn one, or none at all. Pure, and slow: in a thread.

Not part of `shared.media` itself: who only moves images needs no Pillow.
"""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import ClassVar

# Known by name, or Pillow imports all its formats to look for it.
from PIL import Image, UnidentifiedImageError, WebPImagePlugin  # noqa: F401

from shared.errors import Refused
from shared.jobs import FailureCode

MAX_PIXELS = 64_000_000
MAX_BYTES = 2 * MAX_PIXELS  # a photograph as PNG takes less than 2 bytes a pixel
EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
FORMATS = tuple(EXTENSIONS)
# Pillow takes a PNG whose pixels are there and whose end is not; a torn write looks like that.
PNG_END = b"IEND\xaeB`\x82"
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF8")

# All that Pillow's decoders raise on damaged data, beside ValueError.
DAMAGE = (
    OSError,
    SyntaxError,
    EOFError,
    struct.error,
    zlib.error,
    ArithmeticError,
    LookupError,
    TypeError,
)
BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# Too many pixels are refused below, by the size in the header; a warning would only be noise.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class UnusableImage(Refused):
    failure: ClassVar[FailureCode]


class TornImage(UnusableImage):
    """Part of it is missing or damaged: it may still be growing, or the next attempt be whole."""

    code = failure = FailureCode.TORN_IMAGE


class BadImage(UnusableImage):
    """Not an image, or one that would eat the machine; the next attempt would be no better."""

    code = failure = FailureCode.BAD_IMAGE


@dataclass(frozen=True)
class Picture:
    extension: str  # without the dot; by content, whatever the file is called
    mime_type: str
    width: int  # pixels
    height: int  # pixels


def examine(data: bytes) -> Picture:
    """Decode all of it. Raises TornImage or BadImage, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise BadImage(f"more than {MAX_BYTES // 1_000_000} million bytes")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            refuse_bomb(image)
            image.load()
    except BOMB as error:
        raise BadImage(f"more than {MAX_PIXELS // 1_000_000} million pixels") from error
    except UnidentifiedImageError as error:
        if any(data.startswith(signature[: len(data)]) for signature in SIGNATURES):
            raise TornImage("the file ends before its image begins") from error
        raise BadImage("not a PNG, JPEG, WebP or GIF image") from error
    except ValueError as error:  # a text chunk that unpacks to too much
        raise BadImage(str(error)) from error
    except DAMAGE as error:
        raise TornImage(str(error) or type(error).__name__) from error
    if image.format == "PNG" and PNG_END not in data:
        raise TornImage("the file ends before its image does")
    extension = EXTENSIONS[str(image.format)]
    return Picture(extension, image.get_format_mimetype() or "", image.width, image.height)


def refuse_bomb(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise BadImage(
            f"{image.width}x{image.height} is more than {MAX_PIXELS // 1_000_000} million pixels"
        )
