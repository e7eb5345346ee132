"""Images for tests: whole, and of every kind that should be refused."""

import io
import random
import struct
import zlib

from PIL import Image, PngImagePlugin

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture(
    width: int = 64, height: int = 48, *, kind: str = "PNG", mode: str = "RGB", seed: int = 1
) -> bytes:
    pixels = random.Random(seed).randbytes(32 * 24 * 3)
    image = Image.frombytes("RGB", (32, 24), pixels).resize((width, height), 0).convert(mode)
    data = io.BytesIO()
    image.save(data, kind)
    return data.getvalue()


def png_with_text(keyword: str, text: str, *, compressed: bool = False) -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text(keyword, text, zip=compressed)
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG", pnginfo=told)
    return data.getvalue()


def claimed_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is as large as that."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000))
    return PNG_SIGNATURE + b"".join(
        [_chunk(b"IHDR", header), _chunk(b"IDAT", pixels), _chunk(b"IEND", b"")]
    )


def damaged(data: bytes, *, seed: int) -> bytes:
    """Some bytes changed, and perhaps the end lost."""
    dice = random.Random(seed)
    torn = bytearray(data[: dice.randrange(len(data) + 1)] if dice.random() < 0.5 else data)
    for _ in range(dice.randrange(1, 8)):
        if torn:
            torn[dice.randrange(len(torn))] = dice.randrange(256)
    return bytes(torn)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
