"""End one prompt in ComfyUI, and no other: delete it where it waits, interrupt it where it runs,
and look, until it is gone. One interrupt alone may be lost, or come while a model is loaded."""

import asyncio
from collections.abc import Callable

import structlog

from services.comfyui_worker.answers import Ended, Queue, Unintelligible
from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.pauses import growing
from services.comfyui_worker.settings import Timing

log = structlog.get_logger()


def _ignore() -> None:
    pass


class Ender:
    def __init__(self, comfyui: ComfyUi, timing: Timing) -> None:
        self._comfyui = comfyui
        self._timing = timing

    async def end(
        self,
        prompt_id: str,
        *,
        doubtful_until: float = 0.0,
        on_interrupt: Callable[[], None] = _ignore,
    ) -> Ended | None:
        """Returns once it neither waits nor runs: how it ended, None where no history tells.

        `doubtful_until` (loop time): until then a submit that was never answered may yet arrive."""
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        while True:
            try:
                queue = await self._push_out(prompt_id, on_interrupt)
                ended = None if queue.has(prompt_id) else await self._comfyui.ended(prompt_id)
                if ended is not None or self._is_gone(prompt_id, queue, doubtful_until):
                    log.info("prompt.ended", prompt_id=prompt_id)
                    return ended
            except (ComfyUiUnavailable, Unintelligible):
                pass  # it is still there, for all anybody knows
            await asyncio.sleep(next(pauses))

    async def withdraw(self, prompt_id: str, *, doubtful_until: float = 0.0) -> bool:
        """Take it out of the queue; False: it began before that, and goes on."""
        pauses = growing(self._timing.quick_poll, self._timing.slow_poll)
        while True:
            try:
                await self._comfyui.delete_pending(prompt_id)
                queue = await self._comfyui.queue()
                if queue.runs(prompt_id):
                    return False
                ended = None if queue.has(prompt_id) else await self._comfyui.ended(prompt_id)
                if ended is not None:
                    return False
                if self._is_gone(prompt_id, queue, doubtful_until):
                    return True
            except (ComfyUiUnavailable, Unintelligible):
                pass
            await asyncio.sleep(next(pauses))

    async def _push_out(self, prompt_id: str, on_interrupt: Callable[[], None]) -> Queue:
        """The queue as it was after the deletion and before the interrupt."""
        has_cancel = await self._comfyui.cancel_job(prompt_id)
        if not has_cancel:
            await self._comfyui.delete_pending(prompt_id)
        queue = await self._comfyui.queue()
        if queue.runs(prompt_id):
            on_interrupt()
            if not has_cancel:
                # Only now: the shorter the time between look and interrupt, the smaller the chance
                # that ComfyUI's own race hits the prompt that comes next.
                await self._comfyui.interrupt(prompt_id)
        return queue

    def _is_gone(self, prompt_id: str, queue: Queue, doubtful_until: float) -> bool:
        now = asyncio.get_running_loop().time()
        return not queue.has(prompt_id) and now >= doubtful_until
