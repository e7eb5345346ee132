"""What the doorbell's messages mean for what is held."""

from typing import Protocol

from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.progress import PromptProgress


class Rings(Protocol):
    def ring(self, prompt_id: str) -> None:
        """This prompt has ended."""


class TellsProgress(Protocol):
    async def progress(self, attempt: Attempt) -> None: ...


class Hearing:
    def __init__(self, desk: Desk, watch: Rings, reports: TellsProgress) -> None:
        self._desk = desk
        self._watch = watch
        self._reports = reports

    async def hear(self, message: object) -> None:
        match message:
            case {"type": "executing", "data": {"node": None, "prompt_id": str(prompt_id)}}:
                self._watch.ring(prompt_id)
            case {"type": str(kind), "data": {"prompt_id": str(prompt_id), **data}}:
                attempt = self._desk.of_prompt(prompt_id)
                if attempt is not None and attempt.stage is Stage.IN_COMFYUI:
                    await self._advance(attempt, kind, data)
            case _:
                pass

    async def _advance(self, attempt: Attempt, kind: str, data: dict[object, object]) -> None:
        tracker = attempt.tracker
        if tracker is None or not _advanced(tracker, kind, data):
            return
        attempt.progress = tracker.value
        await self._reports.progress(attempt)


def _advanced(tracker: PromptProgress, kind: str, data: dict[object, object]) -> bool:
    match kind, data:
        case "execution_cached", {"nodes": nodes}:
            tracker.cached(nodes)
        case "executing", {"node": str(node)}:
            tracker.executing(node)
        case "progress", {"node": str(node), "value": step, "max": steps}:
            tracker.stepped(node, step, steps)
        case _:
            return False
    return True
