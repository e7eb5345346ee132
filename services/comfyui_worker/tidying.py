"""What is left of attempts in ComfyUI when nobody needs them any more."""

import asyncio
import contextlib

from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.directory import OutputDirectory
from services.comfyui_worker.identity import prompt_id_of
from services.comfyui_worker.settings import Timing
from shared.messages import AttemptRef


class Tidying:
    def __init__(
        self, comfyui: ComfyUi, timing: Timing, *, folders: OutputDirectory | None
    ) -> None:
        """`folders`: None where ComfyUI's files are not ours to delete."""
        self._comfyui = comfyui
        self._timing = timing
        self._folders = folders
        self._left: list[AttemptRef] = []
        self._work = asyncio.Event()

    def tidy(self, ref: AttemptRef) -> None:
        """Soon: its entry in the history, its own folder, nothing else."""
        self._left.append(ref)
        self._work.set()

    async def run(self) -> None:
        """Several at a time, where jobs take milliseconds."""
        while True:
            await self._work.wait()
            await asyncio.sleep(self._timing.tidy)
            await self.flush()

    async def flush(self) -> None:
        """Tried once: ComfyUI forgets its oldest entries by itself. Cancelled in the middle, it
        may be called again."""
        self._work.clear()
        refs = list(self._left)
        if not refs:
            return
        with contextlib.suppress(ComfyUiUnavailable):
            await self._comfyui.delete_from_history([prompt_id_of(ref) for ref in refs])
        if self._folders is not None:
            for ref in refs:
                await self._folders.clean(ref)
        del self._left[: len(refs)]
