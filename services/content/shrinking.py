"""An image → its three thumbnails. Pure, and slow: in a thread."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from shared.media.images import DAMAGE, FORMATS, TornImage, refuse_bomb

SIZES = {"large": 1024, "medium": 512, "small": 256}  # pixels on the longer side, largest first
MIME_TYPE = "image/webp"


@dataclass(frozen=True)
class Thumbnail:
    size: str
    width: int
    height: int
    data: bytes


def thumbnails_of(data: bytes) -> list[Thumbnail]:
    """One of each size, upright, and never larger than the image. Raises UnusableImage."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as original:
            refuse_bomb(original)
            original.draft("RGB", (SIZES["large"], SIZES["large"]))
            image = ImageOps.exif_transpose(original)
            return _shrink(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    except (*DAMAGE, ValueError, Image.DecompressionBombError) as error:
        raise TornImage(str(error) or type(error).__name__) from error


def _shrink(image: Image.Image) -> list[Thumbnail]:
    made: list[Thumbnail] = []
    for size, pixels in SIZES.items():
        before = image.size
        image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
        data = made[-1].data if made and image.size == before else _webp(image)
        made.append(Thumbnail(size, image.width, image.height, data))
    return made


def _webp(image: Image.Image) -> bytes:
    webp = io.BytesIO()
    image.save(webp, "WEBP", quality=80, method=2)
    return webp.getvalue()
