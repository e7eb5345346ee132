"""ComfyUI's output directory, where it is mounted here. A link in it leads nowhere."""

import asyncio
import shutil
from pathlib import Path

import structlog

from services.comfyui_worker.answers import OutputFile
from services.comfyui_worker.identity import FILE_STEM, folder_of
from shared.messages import AttemptRef

log = structlog.get_logger()


class OutputDirectory:
    """Not there, or not to be read, is the same as empty: /view may know better."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def names(self, ref: AttemptRef) -> list[str]:
        """The names of the attempt's files, in ComfyUI's order."""
        return await asyncio.to_thread(self._names, ref)

    async def read(self, file: OutputFile, *, most: int) -> bytes | None:
        return await asyncio.to_thread(self._read, file, most)

    async def clean(self, ref: AttemptRef) -> None:
        """Delete the attempt's own folder, and nothing else."""
        await asyncio.to_thread(self._clean, ref)

    def _names(self, ref: AttemptRef) -> list[str]:
        try:
            found = sorted(path.name for path in (self._root / folder_of(ref)).iterdir())
        except OSError:
            return []
        return [name for name in found if name.startswith(f"{FILE_STEM}_")]

    def _read(self, file: OutputFile, most: int) -> bytes | None:
        try:
            path = (self._root / file.subfolder / file.filename).resolve()
            inside = path.is_relative_to(self._root.resolve())
            if not inside or not path.is_file() or path.stat().st_size > most:
                return None
            return path.read_bytes()
        except (OSError, ValueError):
            return None

    def _clean(self, ref: AttemptRef) -> None:
        folder = self._root / folder_of(ref)
        try:
            if folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink():
                shutil.rmtree(folder)
        except OSError as error:
            log.warning("output_folder.not_deleted", folder=folder_of(ref), reason=str(error))
