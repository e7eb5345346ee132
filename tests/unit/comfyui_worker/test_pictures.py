"""A picture counts when it can be decoded to its last pixel, within bounds."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from services.comfyui_worker.pictures import NotAPicture, NotWhole, check_picture


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    noise = random.Random(1).randbytes(size[0] * size[1] * 3)  # compresses badly: cuts hit pixels
    buffer = io.BytesIO()
    Image.frombytes("RGB", size, noise).save(buffer, format=kind)
    return buffer.getvalue()


def bomb(side: int) -> bytes:
    """A few bytes that claim to be very many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "extension", "mime_type"),
    [
        ("PNG", "png", "image/png"),
        ("JPEG", "jpg", "image/jpeg"),
        ("WEBP", "webp", "image/webp"),
    ],
)
def test_a_whole_picture_says_what_it_is(kind: str, extension: str, mime_type: str) -> None:
    found = check_picture(picture(kind))
    assert (found.extension, found.mime_type) == (extension, mime_type)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.95])
def test_a_part_of_one_may_still_be_growing(kind: str, share: float) -> None:
    whole = picture(kind)
    with pytest.raises(NotWhole):
        check_picture(whole[: int(len(whole) * share)])


@pytest.mark.parametrize("side", [8001, 16_000, 60_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(NotAPicture, match="pixels"):
        check_picture(bomb(side))


@pytest.mark.parametrize("data", [b"words, and more words", b"<svg/>", b"GIF89a" + bytes(50)])
def test_what_is_no_picture_never_will_be(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        check_picture(data)


@pytest.mark.parametrize("place", range(8, 400, 7))
def test_a_broken_byte_is_no_crash(place: int) -> None:
    data = bytearray(picture())
    data[place] ^= 0xFF
    try:
        check_picture(bytes(data))
    except (NotWhole, NotAPicture):
        return
