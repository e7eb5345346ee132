"""What a folder of this machine needs to be a dependable media store, and obstore leaves out."""

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from obstore.store import LocalStore

from shared.media.keys import InvalidKey, checked
from shared.media.store import StoreUnavailable

STAGED = re.compile(r"#\d+$")  # how obstore names a file that it has not put in place yet
MARKER = ".darkroom-media"  # no key of ours, as nobody stores anything beside `jobs` and its kin


class Folder:
    """Made where it is not there yet; once seen, it must not vanish.

    A volume that is no longer mounted leaves an empty folder behind: everything in it would look
    deleted, and new files would be hidden when the volume returns. The marker tells the two apart.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._store: LocalStore | None = None

    def opened(self) -> LocalStore:
        """Raises StoreUnavailable."""
        try:
            if self._store is None:
                self._root.mkdir(parents=True, exist_ok=True)
                if not (self._root / MARKER).exists():
                    (self._root / MARKER).touch()
                self._store = LocalStore(self._root, automatic_cleanup=True)
            (self._root / MARKER).lstat()
        except OSError as error:
            raise StoreUnavailable(f"the media folder: {_why(error)}") from error
        return self._store

    def refuse_links(self, key: str) -> None:
        """A link inside the folder would lead out of it. Raises InvalidKey."""
        path = str(self._root)
        for name in key.split("/"):
            path = f"{path}/{name}"
            if os.path.islink(path):
                raise InvalidKey(f"a link in the media folder: {key!r}")

    def ours_of(self, keys: Iterable[str]) -> set[str]:
        """Those that this store could have written."""
        ours = set()
        for key in keys:
            with suppress(InvalidKey):
                self.refuse_links(checked(key))
                ours.add(key)
        return ours

    def make_durable(self, keys: Iterable[str]) -> None:
        """Return when a power cut cannot undo the files, nor the folders that lead to them."""
        paths = [self._root / key for key in keys]
        folders = {above for path in paths for above in path.relative_to(self._root).parents}
        try:
            for path in paths:
                _sync(path)
            for folder in sorted(folders, key=lambda folder: -len(folder.parts)):
                _sync(self._root / folder)
        except OSError as error:
            raise StoreUnavailable(f"the media folder: {_why(error)}") from error

    def remove_torn_writes(self, older_than: timedelta) -> int:
        """What a process left that was killed while it wrote; no listing shows it."""
        self.opened()
        before = time.time() - older_than.total_seconds()
        removed = 0
        for folder, _, names in os.walk(self._root):
            for name in filter(STAGED.search, names):
                path = os.path.join(folder, name)
                with suppress(FileNotFoundError):
                    if os.lstat(path).st_mtime < before:
                        os.unlink(path)
                        removed += 1
        return removed

    def free_bytes(self) -> int:
        self.opened()
        try:
            state = os.statvfs(self._root)
        except OSError as error:
            raise StoreUnavailable(f"the media folder: {_why(error)}") from error
        return state.f_bavail * state.f_frsize


def _sync(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "what was in it is gone; is its volume mounted?"
    return os.strerror(error.errno) if error.errno else type(error).__name__
