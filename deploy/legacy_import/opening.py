"""Open a legacy file: a regular one, inside its folder, and never through a link."""

import errno
import os
import stat
from collections.abc import Sequence
from enum import StrEnum
from io import BufferedReader
from pathlib import Path

from deploy.legacy_import.paths import Place, Root
from shared.errors import Unavailable


class FilesUnavailable(Unavailable):
    """A folder of --files is not there, or cannot be read at all."""

    code = "files_unavailable"


class Trouble(StrEnum):
    """Why a file cannot be had."""

    NOT_FOUND = "not found"
    OUTSIDE = "outside of the folders given as --files"
    A_LINK = "a link, which is never followed"
    NOT_A_FILE = "not a file"
    UNREADABLE = "cannot be read"
    EMPTY = "empty"


class Unusable(Exception):
    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def check_roots(roots: Sequence[Root]) -> None:
    """Raises FilesUnavailable."""
    for root in roots:
        if not root.new.is_dir():
            raise FilesUnavailable(f"--files: there is no folder {root.new}")
        os.close(_open_root(root.new))


def open_file(place: Place) -> BufferedReader:
    """With something in it. Raises Unusable, FilesUnavailable."""
    descriptor = _open_inside(place)
    found = os.fstat(descriptor)
    trouble = Trouble.EMPTY if found.st_size == 0 else None
    if not stat.S_ISREG(found.st_mode):
        trouble = Trouble.NOT_A_FILE
    if trouble is not None:
        os.close(descriptor)
        raise Unusable(trouble)
    return os.fdopen(descriptor, "rb")


def is_there(place: Place) -> bool:
    try:
        open_file(place).close()
    except Unusable:
        return False
    return True


def _open_root(root: Path) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise FilesUnavailable(f"--files: {root}: {error.strerror}") from error


def _open_inside(place: Place) -> int:
    """Step by step from the folder: whoever swaps a link in meanwhile gains nothing."""
    *folders, name = place.relative.split("/")
    current = _open_root(place.root)
    try:
        for folder in folders:
            deeper = _open(folder, os.O_DIRECTORY, current)
            os.close(current)
            current = deeper
        # A pipe that nobody writes to must not hold us up.
        return _open(name, os.O_NONBLOCK, current)
    finally:
        os.close(current)


def _open(name: str, flags: int, folder: int) -> int:
    flags |= os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise Unusable(_trouble(error, name, folder)) from error


def _trouble(error: OSError, name: str, folder: int) -> Trouble:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        try:
            is_link = stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
        except OSError:
            is_link = False
        return Trouble.A_LINK if is_link else Trouble.NOT_FOUND
    if error.errno in (errno.ENOENT, errno.ENAMETOOLONG):
        return Trouble.NOT_FOUND
    return Trouble.UNREADABLE
