from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.media.images import BadImage, Picture, TornImage, UnusableImage, examine
from tests.unit.content.pictures import claimed_size, damaged, picture, png_with_text

KINDS = ["PNG", "JPEG", "WEBP", "GIF"]
KIND_OF = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "WEBP": ("webp", "image/webp"),
    "GIF": ("gif", "image/gif"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_image_is_told_by_its_content(kind: str) -> None:
    extension, mime_type = KIND_OF[kind]
    assert examine(picture(64, 48, kind=kind)) == Picture(extension, mime_type, 64, 48)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_truncated_image_is_torn(kind: str, share: float) -> None:
    data = picture(kind=kind)

    with pytest.raises(TornImage):
        examine(data[: int(len(data) * share)])


def test_a_png_that_lost_only_its_end_is_torn() -> None:
    with pytest.raises(TornImage):
        examine(picture()[:-12])


@pytest.mark.parametrize("data", [b"", b"\x89PN", b"\xff", b"RI", b"GIF", b"GIF89a" + bytes(50)])
def test_what_may_be_the_beginning_of_an_image_is_torn(data: bytes) -> None:
    with pytest.raises(TornImage):
        examine(data)


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_000, 9_000), (8_001, 8_000)])
def test_an_image_of_more_than_64_million_pixels_is_refused_before_it_is_unpacked(
    size: tuple[int, int],
) -> None:
    with pytest.raises(BadImage, match="million pixels"):
        examine(claimed_size(*size))


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><html><body>Out of credit</body></html>",
        b"%PDF-1.7\n",
        b"\x00" * 5000,
        b"II*\x00" + bytes(100),
    ],
)
def test_what_is_no_image_is_refused_whatever_it_is_called(data: bytes) -> None:
    with pytest.raises(BadImage):
        examine(data)


def test_a_text_that_unpacks_to_megabytes_is_refused() -> None:
    with pytest.raises(BadImage):
        examine(png_with_text("prompt", "a" * 20_000_000, compressed=True))


def test_a_large_graph_in_the_text_of_an_image_is_welcome() -> None:
    assert examine(png_with_text("workflow", "{}" * 1_000_000)).width == 8


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32))
def test_whatever_happened_to_the_bytes_nothing_else_is_raised(kind: str, seed: int) -> None:
    with suppress(UnusableImage):
        examine(damaged(picture(kind=kind), seed=seed))
