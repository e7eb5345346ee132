import io

import pytest
from PIL import Image

from services.content.shrinking import thumbnails_of
from shared.media.images import UnusableImage
from tests.unit.content.pictures import claimed_size, picture


def sizes(data: bytes) -> dict[str, tuple[int, int]]:
    return {made.size: (made.width, made.height) for made in thumbnails_of(data)}


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1536, 1024, {"large": (1024, 683), "medium": (512, 342), "small": (256, 171)}),
        (1000, 2000, {"large": (512, 1024), "medium": (256, 512), "small": (128, 256)}),
        (300, 200, {"large": (300, 200), "medium": (300, 200), "small": (256, 171)}),
        (1, 1, {"large": (1, 1), "medium": (1, 1), "small": (1, 1)}),
        (2048, 8, {"large": (1024, 4), "medium": (512, 2), "small": (256, 1)}),
    ],
)
def test_the_longer_side_is_256_512_and_1024_but_never_larger_than_the_image(
    width: int, height: int, expected: dict[str, tuple[int, int]]
) -> None:
    assert sizes(picture(width, height)) == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_becomes_webp(mode: str) -> None:
    data = io.BytesIO()
    Image.effect_noise((40, 30), 50).convert("L").convert(mode).save(data, "PNG")

    for made in thumbnails_of(data.getvalue()):
        with Image.open(io.BytesIO(made.data)) as image:
            assert (image.format, image.size) == ("WEBP", (made.width, made.height))


def test_what_is_seen_through_stays_so() -> None:
    data = io.BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(data, "PNG")

    (small,) = (made for made in thumbnails_of(data.getvalue()) if made.size == "small")

    with Image.open(io.BytesIO(small.data)) as image:
        assert image.convert("RGBA").getpixel((10, 10))[3] == 0  # type: ignore[index]


def test_a_photograph_taken_sideways_stands_upright() -> None:
    told = Image.Exif()
    told[0x0112] = 6  # turn it right
    data = io.BytesIO()
    Image.new("RGB", (400, 200)).save(data, "JPEG", exif=told)

    assert sizes(data.getvalue())["small"] == (128, 256)


def test_of_what_is_no_image_nothing_is_made() -> None:
    for data in (b"", b"text", picture()[:200], claimed_size(30_000, 30_000)):
        with pytest.raises(UnusableImage):
            thumbnails_of(data)
