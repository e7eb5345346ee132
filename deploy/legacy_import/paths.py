"""Where a file of the old output directory is now; pure, nothing is opened.

A path is led to `old=new` by its text alone. One that leads elsewhere, by `..` or because it is
absolute and under none of the old folders, has no place.
"""

import os
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MEDIA_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".txt": "text/plain",
}
OTHER_SUFFIXES = {".bmp", ".tif", ".tiff", ".avif", ".mov", ".mkv", ".avi", ".m4a", ".md", ".json"}
SUFFIXES = OTHER_SUFFIXES | set(MEDIA_TYPES)
LONGEST_PATH = 4096
LONGEST_NAME = 255
_OF_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Root:
    """One --files: what the paths in the database begin with, and the folder to read."""

    old: tuple[str, ...]
    new: Path


@dataclass(frozen=True, slots=True)
class Place:
    root: Path
    relative: str  # without `.` and `..`


def root_of(given: str) -> Root:
    """`OLD=NEW`, or one folder that is still where it was."""
    old, equals, new = given.partition("=")
    if equals:
        return Root((normal(old),), Path(new))
    return Root(tuple({normal(old), os.path.abspath(old), os.path.realpath(old)}), Path(old))


def normal(path: str) -> str:
    """One way to write a path: no `//`, `.`, or `..` that leads back; `/` also from Windows."""
    if _OF_WINDOWS.match(path):
        path = path.replace("\\", "/")
    normalised = posixpath.normpath(path)
    return "/" + normalised.lstrip("/") if normalised.startswith("/") else normalised


def is_path(text: str) -> bool:
    """Rather than a text. Both are in `content_data`, and nothing else says which."""
    if not text or len(text) > LONGEST_PATH or _CONTROL.search(text):
        return False
    if posixpath.splitext(text)[1].lower() in SUFFIXES:
        return True
    return ("/" in text or "\\" in text) and not any(one.isspace() for one in text)


def places_of(path: str, roots: Iterable[Root]) -> list[Place]:
    """Where it may be, the most exact first. Empty: outside of all."""
    wanted = normal(path)
    found = [
        (len(old), Place(root.new, inside))
        for root in roots
        for old in root.old
        if (inside := _inside(wanted, old)) is not None
    ]
    if not wanted.startswith("/") and not _OF_WINDOWS.match(wanted):
        found += [(0, Place(root.new, wanted)) for root in roots]
    found.sort(key=lambda one: -one[0])
    places = dict.fromkeys(place for _, place in found)
    return [place for place in places if _is_inside(place.relative)]


def _inside(path: str, folder: str) -> str | None:
    start = folder.rstrip("/") + "/"
    return path[len(start) :] if path.startswith(start) else None


def _is_inside(relative: str) -> bool:
    names = relative.split("/")
    return (
        relative not in ("", ".")
        and ".." not in names
        and not _CONTROL.search(relative)
        and all(0 < len(os.fsencode(name)) <= LONGEST_NAME for name in names)
    )


def folders_named(paths: Sequence[str], *, most: int = 3) -> list[str]:
    """The folders in which most of these lie: what an operator should give as --files."""
    counts: dict[str, int] = {}
    for path in paths:
        folder = posixpath.dirname(normal(path))
        counts[folder] = counts.get(folder, 0) + 1
    return sorted(counts, key=lambda folder: -counts[folder])[:most]
