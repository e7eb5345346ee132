"""/upload/image: a file into the input folder (or output, or temp), never looked into."""

from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from deploy.comfyui_simulator.answers import Trouble, json_answer
from deploy.comfyui_simulator.files import is_inside
from deploy.comfyui_simulator.simulator import Simulator


async def post_image(simulator: Simulator, request: Request) -> Response:
    """Answers the name that was really used: existing files are not overwritten unasked."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return Response(status_code=400)
    async with request.form() as form:
        upload = form.get("image")
        if not isinstance(upload, UploadFile):
            return Response(status_code=400)
        if not upload.filename:
            raise Trouble("the upload has no file name")
        kind, subfolder = _text(form, "type") or "input", _text(form, "subfolder")
        root = simulator.folders.named(kind)
        if root is None:
            raise Trouble(f"there is no folder {kind}")
        path = root / subfolder / upload.filename
        if not is_inside(root, path):
            return Response(status_code=400)
        (root / subfolder).mkdir(parents=True, exist_ok=True)
        overwrite = _text(form, "overwrite") in ("true", "1")
        stored = _store(path, await upload.read(), overwrite=overwrite)
        return json_answer({"name": stored.name, "subfolder": subfolder, "type": kind})


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _store(path: Path, content: bytes, *, overwrite: bool) -> Path:
    if not path.parent.is_dir():
        raise Trouble("the file name names a folder that does not exist")
    free, number = path, 1
    while not overwrite and free.exists() and free.read_bytes() != content:
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
        number += 1
    free.write_bytes(content)
    return free
