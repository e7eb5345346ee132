"""What is left of an attempt in ComfyUI when nobody needs it any more."""

import contextlib

from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.directory import OutputDirectory
from services.comfyui_worker.identity import prompt_id_of
from shared.messages import AttemptRef


class Tidying:
    def __init__(self, comfyui: ComfyUi, *, folders: OutputDirectory | None) -> None:
        """`folders`: None where ComfyUI's files are not ours to delete."""
        self._comfyui = comfyui
        self._folders = folders

    async def tidy(self, ref: AttemptRef) -> None:
        """Its entry in the history, its own folder, nothing else. Not tried twice: ComfyUI forgets
        its oldest entries by itself."""
        with contextlib.suppress(ComfyUiUnavailable):
            await self._comfyui.delete_from_history(prompt_id_of(ref))
        if self._folders is not None:
            await self._folders.clean(ref)
