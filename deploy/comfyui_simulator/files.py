"""Files on disk: how SaveImage names and writes them, and which of them a request may name."""

import asyncio
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.comfyui_simulator.behaviour import Folders
from deploy.comfyui_simulator.drawing import bomb_png, paint, png_bytes
from deploy.comfyui_simulator.pictures import Picture
from deploy.comfyui_simulator.work import NodeFailed, Work

GROWTH_STEPS = 20


class OutsideFolder(Exception):
    """The prefix leads out of the output folder."""


def is_inside(folder: Path, path: Path) -> bool:
    root = os.path.abspath(folder)
    return os.path.commonpath((root, os.path.abspath(path))) == root


def file_of_input(folders: Folders, name: str) -> Path | None:
    """A name as LoadImage takes it: relative to the input folder, or "name [output]"."""
    plain, kind = split_annotation(name)
    folder = folders.named(kind or "input")
    if folder is None:
        return None
    path = folder / plain
    return path if is_inside(folder, path) else None


def split_annotation(name: str) -> tuple[str, Literal["output", "input", "temp"] | None]:
    kinds: tuple[Literal["output", "input", "temp"], ...] = ("output", "input", "temp")
    for kind in kinds:
        if name.endswith(f"[{kind}]"):
            return name[: -len(kind) - 2].rstrip(), kind
    return name, None


async def save_pictures(
    work: Work, pictures: tuple[Picture, ...], *, prefix: str, kind: str
) -> list[dict[str, str]]:
    """Writes under the final name at once, not atomically: whoever reads early reads a part."""
    root = work.machine.folders.named(kind) or work.machine.folders.output
    place = _place(root, _expand(prefix, pictures[0]) if pictures else prefix)
    saved: list[dict[str, str]] = []
    for number, picture in enumerate(pictures):
        stem = place.stem.replace("%batch_num%", str(number))
        name = f"{stem}_{place.counter + number:05}_.png"
        await _write(work, picture, place.folder / name)
        saved.append({"filename": name, "subfolder": place.subfolder, "type": kind})
    return saved


@dataclass(frozen=True)
class Place:
    folder: Path
    subfolder: str
    stem: str
    counter: int


def _place(root: Path, prefix: str) -> Place:
    """Makes the folder. OutsideFolder: the prefix leads out of `root`."""
    normal = os.path.normpath(prefix)
    subfolder, stem = os.path.dirname(normal), os.path.basename(normal)
    folder = root / subfolder
    if not is_inside(root, folder):
        raise OutsideFolder(f"images may not be saved outside the output folder: {folder}")
    folder.mkdir(parents=True, exist_ok=True)
    # The counter of a prefix with a trailing slash never finds its files, and starts again.
    counter = 1 if prefix.endswith("/") else _next_counter(folder, stem)
    return Place(folder, subfolder, stem, counter)


def _expand(prefix: str, picture: Picture) -> str:
    now = time.localtime()
    variables = {
        "width": str(picture.width),
        "height": str(picture.height),
        "year": str(now.tm_year),
        "month": f"{now.tm_mon:02}",
        "day": f"{now.tm_mday:02}",
        "hour": f"{now.tm_hour:02}",
        "minute": f"{now.tm_min:02}",
        "second": f"{now.tm_sec:02}",
    }
    if "%" in prefix:
        for name, value in variables.items():
            prefix = prefix.replace(f"%{name}%", value)
    return prefix


def _next_counter(folder: Path, stem: str) -> int:
    """One more than the highest there is, so a deleted file's number may come again."""
    highest = 0
    for name in os.listdir(folder):
        if name.startswith(f"{stem}_"):
            number = name[len(stem) + 1 :].split("_")[0]
            highest = max(highest, int(number) if number.isdecimal() else 0)
    return highest + 1


async def _write(work: Work, picture: Picture, path: Path) -> None:
    fault = work.file_fault
    if fault is not None and fault.kind == "no_file":
        return
    texts = _png_texts(work)
    seconds = work.behaviour.save_seconds
    try:
        if seconds == 0:
            await asyncio.to_thread(lambda: path.write_bytes(_content(work, picture, texts)))
        else:
            content = await asyncio.to_thread(_content, work, picture, texts)
            await _write_slowly(path, content, seconds)
    except OSError:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    work.files.append(str(path))


def _content(work: Work, picture: Picture, texts: dict[str, str]) -> bytes:
    match work.file_fault.kind if work.file_fault is not None else None:
        case "bomb_file":
            return bomb_png()
        case "not_an_image":
            return b"These bytes are words, not pixels.\n"
        case "torn_file":
            whole = png_bytes(paint(picture), texts=texts, compression=work.behaviour.compression)
            return whole[: len(whole) // 2]
        case _:
            return png_bytes(paint(picture), texts=texts, compression=work.behaviour.compression)


def _png_texts(work: Work) -> dict[str, str]:
    texts = {"prompt": json.dumps(work.png_prompt)}
    extra = work.item.extra_data.get("extra_pnginfo")
    if extra is None:
        return texts
    if not isinstance(extra, dict):
        raise NodeFailed("AttributeError", f"extra_pnginfo is a {type(extra).__name__}, not a dict")
    return texts | {str(key): json.dumps(value) for key, value in extra.items()}


async def _write_slowly(path: Path, content: bytes, seconds: float) -> None:
    size = len(content) // GROWTH_STEPS + 1
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(content), size):
            file.write(content[start : start + size])
            await asyncio.sleep(seconds / GROWTH_STEPS)
