"""/view: one file out of the output, input or temp folder, whole, in part, or as a preview."""

import asyncio
import io
import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from deploy.comfyui_simulator.files import is_inside, split_annotation
from deploy.comfyui_simulator.simulator import Simulator

PREVIEW_FORMATS = ("webp", "jpeg")
SMALL_BYTES = 64 * 1024


class NoFile(Exception):
    """`status` is the whole answer: the bodies of these are empty."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass(frozen=True)
class Stored:
    content: bytes
    etag: str


async def get_view(simulator: Simulator, request: Request) -> Response:
    try:
        path = _path(simulator, request.query_params)
    except NoFile as refusal:
        return Response(status_code=refusal.status)
    query = request.query_params
    stored = await asyncio.to_thread(_read, path) if _is_large(path) else _read(path)
    headers = {"Content-Disposition": f'filename="{path.name}"'}
    wants_another = "preview" in query or query.get("channel", "rgba") != "rgba"
    converted = await asyncio.to_thread(_convert, stored.content, query) if wants_another else None
    if converted is not None:
        content, media_type = converted
        return Response(content, media_type=media_type, headers=headers)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers |= {"ETag": stored.etag, "Accept-Ranges": "bytes"}
    if request.headers.get("if-none-match") == stored.etag:
        return Response(status_code=304, headers=headers)
    return _whole_or_part(request, stored.content, media_type, headers)


def _path(simulator: Simulator, query: QueryParams) -> Path:
    """NoFile: the order of the checks is the real program's."""
    if "filename" not in query:
        raise NoFile(404)
    filename, annotated = split_annotation(query["filename"])
    if not filename or filename.startswith("/") or ".." in filename:
        raise NoFile(400)
    folder = simulator.folders.named(annotated or query.get("type", "output"))
    if folder is None:
        raise NoFile(400)
    if "subfolder" in query:
        inside = folder / query["subfolder"]
        if not is_inside(folder, inside):
            raise NoFile(403)
        folder = Path(os.path.normpath(inside))
    path = folder / os.path.basename(filename)
    if not path.is_file():
        raise NoFile(404)
    return path


def _is_large(path: Path) -> bool:
    """So that a thread is worth its while."""
    return path.stat().st_size > SMALL_BYTES


def _read(path: Path) -> Stored:
    """As much as there is: a file that is still being written is served as it stands."""
    content = path.read_bytes()
    return Stored(content, f'"{path.stat().st_mtime_ns:x}-{len(content):x}"')


def _convert(content: bytes, query: QueryParams) -> tuple[bytes, str] | None:
    """None: the file as it is."""
    if "preview" in query:
        wanted, _, quality = query["preview"].partition(";")
        kind = wanted if wanted in PREVIEW_FORMATS else "webp"
        return _encoded(Image.open(io.BytesIO(content)).convert("RGB"), kind, int(quality or 90))
    match query.get("channel", "rgba"):
        case "rgb":
            return _encoded(Image.open(io.BytesIO(content)).convert("RGB"), "png")
        case "a":
            alpha = Image.open(io.BytesIO(content)).convert("RGBA").getchannel("A")
            image = Image.new("RGBA", alpha.size)
            image.putalpha(alpha)
            return _encoded(image, "png")
        case _:
            return None


def _encoded(image: Image.Image, kind: str, quality: int | None = None) -> tuple[bytes, str]:
    buffer = io.BytesIO()
    options = {} if quality is None else {"quality": quality}
    image.save(buffer, format=kind.upper(), **options)
    return buffer.getvalue(), f"image/{kind}"


def _whole_or_part(
    request: Request, content: bytes, media_type: str, headers: dict[str, str]
) -> Response:
    unit, _, span = request.headers.get("range", "").partition("=")
    first, _, last = span.partition("-")
    if unit != "bytes" or not (first.isdecimal() or last.isdecimal()):
        return Response(content, media_type=media_type, headers=headers)
    size = len(content)
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    part = content[start : end + 1]
    return Response(part, status_code=206, media_type=media_type, headers=headers)
