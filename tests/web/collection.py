"""A gallery full of images, put there without drawing each: rows that share a dozen files."""

import asyncio
import hashlib
from dataclasses import dataclass

from deploy.comfyui_simulator.drawing import paint, png_bytes
from deploy.comfyui_simulator.pictures import Dream
from services.content.shrinking import Thumbnail, thumbnails_of
from shared.db.engine import Sessions
from shared.db.tables import ContentThumbnail, User
from shared.media import MediaStore
from tests.factories import make_content

SIZES = ((512, 512), (768, 512), (512, 768), (896, 512), (512, 640), (640, 512))
SUBJECTS = ("harbour", "orchard", "glacier", "market", "canyon", "library")
PICTURES = len(SIZES) * 2
SEA_EVERY, FOG_EVERY, FAVORITE_EVERY = 10, 25, 50


@dataclass(frozen=True)
class File:
    key: str
    data: bytes
    width: int
    height: int
    thumbnails: list[Thumbnail]

    def thumbnail_key(self, size: str) -> str:
        return f"{self.key.removesuffix('.png')}-{size}.webp"


async def fill_gallery(sessions: Sessions, media: MediaStore, owner: User, *, count: int) -> None:
    """From oldest to newest `plate 1` to `plate <count>`; each tenth is tagged `sea`."""
    files = [await asyncio.to_thread(_draw, number) for number in range(PICTURES)]
    for file in files:
        await media.put(file.key, file.data, mime_type="image/png")
        for made in file.thumbnails:
            await media.put(file.thumbnail_key(made.size), made.data, mime_type="image/webp")
    rows = [
        thumbnail
        for number in range(1, count + 1)
        for thumbnail in await _add(sessions, owner, number, files[number % len(files)])
    ]
    async with sessions.begin() as session:
        session.add_all(rows)


def _draw(number: int) -> File:
    width, height = SIZES[number % len(SIZES)]
    subject = SUBJECTS[number % len(SUBJECTS)]
    dream = Dream(width, height, f"a {subject}", "", number, "any", "")
    data = png_bytes(paint(dream), texts={}, compression=1)
    return File(f"collection/{number}.png", data, width, height, thumbnails_of(data))


async def _add(sessions: Sessions, owner: User, number: int, file: File) -> list[ContentThumbnail]:
    """Its thumbnails, to be added."""
    tags = [
        *(["sea"] if number % SEA_EVERY == 0 else []),
        *(["fog"] if number % FOG_EVERY == 0 else []),
    ]
    item = await make_content(
        sessions,
        owner,
        title=f"plate {number}",
        prompt=f"a {SUBJECTS[number % len(SUBJECTS)]} at dawn, plate {number}",
        tags=tags,
        is_favorite=number % FAVORITE_EVERY == 0,
        storage_key=file.key,
        sha256=hashlib.sha256(file.data).hexdigest(),
        byte_size=len(file.data),
        width=file.width,
        height=file.height,
    )
    return [
        ContentThumbnail(
            content_id=item.id,
            size=made.size,
            storage_key=file.thumbnail_key(made.size),
            width=made.width,
            height=made.height,
            byte_size=len(made.data),
        )
        for made in file.thumbnails
    ]
