"""From a prompt that ended to the bytes of its picture: by history, by directory, by guess.

A file counts only with this attempt's prefix: any other is a stale result from ComfyUI's cache.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from services.comfyui_worker.answers import Ended, OutputFile, Unintelligible
from services.comfyui_worker.comfyui import AnswerTooLarge, ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.directory import OutputDirectory
from services.comfyui_worker.failures import failed
from services.comfyui_worker.identity import FILE_STEM, folder_of
from services.comfyui_worker.pauses import growing
from services.comfyui_worker.settings import Timing
from shared.jobs import FailureCode
from shared.media.images import MAX_BYTES, BadImage, Picture, TornImage, examine
from shared.messages import AttemptRef

# ComfyUI numbers the files of a prefix from 1; a second one is there where the first was torn.
GUESSES = 3


@dataclass(frozen=True)
class Fetched:
    data: bytes
    sha256: str
    picture: Picture
    left_out: int = 0  # further files of the same node


class Outputs:
    """Waits for a ComfyUI that does not answer: its silence says nothing about the file."""

    def __init__(
        self, comfyui: ComfyUi, timing: Timing, *, directory: OutputDirectory | None
    ) -> None:
        self._comfyui = comfyui
        self._timing = timing
        self._directory = directory

    async def collect(self, ref: AttemptRef, ended: Ended, *, node_id: str) -> Fetched:
        """Raises AttemptFailed (output_missing, bad_image)."""
        listed = ended.files.get(node_id, ())
        named = [file for file in listed if belongs(file, ref)]
        found = await self._first_whole(lambda: _these(named[:1])) if named else None
        found = found or await self.search(ref)
        if found is None:
            stale = len(listed) - len(named)
            aside = f" ({stale} listed are not its own)" if stale else ""
            said = f"ComfyUI reports success, but there is no whole file of this attempt{aside}."
            raise failed(FailureCode.OUTPUT_MISSING, said)
        return replace(found, left_out=max(0, len(named) - 1))

    async def search(self, ref: AttemptRef) -> Fetched | None:
        """What lies under the attempt's prefix, whatever the history says or has forgotten."""
        return await self._first_whole(lambda: self._candidates(ref))

    async def _candidates(self, ref: AttemptRef) -> list[OutputFile]:
        listed = [] if self._directory is None else await self._directory.names(ref)
        guessed = [f"{FILE_STEM}_{number:05}_.png" for number in range(1, GUESSES + 1)]
        return [OutputFile(name, folder_of(ref), "output") for name in listed or guessed]

    async def _first_whole(
        self, candidates: Callable[[], Awaitable[list[OutputFile]]]
    ) -> Fetched | None:
        """A file has its name before it has its bytes, so a torn one gets a little time."""
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        patient_until = self._now() + self._timing.torn_file
        while True:
            is_torn = False
            for file in await candidates():
                try:
                    data = await self._read(file)
                    if data is not None:
                        return await asyncio.to_thread(_examined, data)
                except TornImage:
                    is_torn = True
                except (BadImage, AnswerTooLarge) as error:
                    said = f"{file.filename}: {error}"
                    raise failed(FailureCode.BAD_IMAGE, said) from error
            if not is_torn or self._now() >= patient_until:
                return None
            await asyncio.sleep(next(pauses))

    async def _read(self, file: OutputFile) -> bytes | None:
        if self._directory is not None:
            data = await self._directory.read(file, most=MAX_BYTES)
            if data is not None:
                return data
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        while True:
            try:
                return await self._comfyui.view(file, most=MAX_BYTES)
            except AnswerTooLarge:
                raise
            except (ComfyUiUnavailable, Unintelligible):
                await asyncio.sleep(next(pauses))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _examined(data: bytes) -> Fetched:
    return Fetched(data, hashlib.sha256(data).hexdigest(), examine(data))


async def _these(files: list[OutputFile]) -> list[OutputFile]:
    return files


# As ComfyUI names what it saves. Nothing else is ever put into an address or a path.
_PLAIN_NAME = re.compile(r"[\w .()+=,@-]{1,200}", re.ASCII)


def belongs(file: OutputFile, ref: AttemptRef) -> bool:
    """Names come from outside: this one leads nowhere but into the attempt's own folder."""
    name = file.filename
    is_plain = _PLAIN_NAME.fullmatch(name) is not None and ".." not in name
    in_folder = file.kind == "output" and file.subfolder.strip("/") == folder_of(ref)
    return is_plain and in_folder and name.startswith(f"{FILE_STEM}_")
