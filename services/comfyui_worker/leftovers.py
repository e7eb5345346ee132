"""Prompts of ours that an earlier instance left in ComfyUI.

Those that belong to an unfinished job are found again when its attempt comes. The others are ended,
but only when the dispatcher has said which ones are still wanted (`yours`); and only those that
were there before this instance submitted anything, that bear this worker's mark, and that it does
not hold: never any other.
"""

import asyncio

import structlog

from services.comfyui_worker.answers import Queue
from services.comfyui_worker.cancelling import Ender
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.identity import prompt_id_of
from services.comfyui_worker.tidying import Tidying
from services.comfyui_worker.watchman import is_of
from shared.messages import AttemptRef, Yours

log = structlog.get_logger()


class Leftovers:
    def __init__(self, worker_id: str, desk: Desk, ender: Ender, tidying: Tidying) -> None:
        self.needs_yours = True
        self._worker_id = worker_id
        self._desk = desk
        self._ender = ender
        self._tidying = tidying
        self._found: set[AttemptRef] | None = None
        self._wanted: set[AttemptRef] | None = None
        self._to_end: asyncio.Queue[AttemptRef] = asyncio.Queue()

    @property
    def looked(self) -> bool:
        return self._found is not None

    def see_first_queue(self, queue: Queue) -> None:
        """As it was before this instance's first submit."""
        ours = (one for one in (*queue.running, *queue.pending) if is_of(self._worker_id, one))
        self._found = {prompt.mark.ref for prompt in ours if prompt.mark is not None}
        for attempt in self._desk:
            attempt.was_there = attempt.ref in self._found
        self._sort_out()
        for ref in [one for one in self._found if self._desk.was_dropped(one)]:
            self.drop(ref)

    def was_there(self, ref: AttemptRef) -> bool:
        return self._found is not None and ref in self._found

    def see_yours(self, yours: Yours) -> None:
        self.needs_yours = False
        self._wanted = set(yours.attempts)
        self._sort_out()

    def drop(self, ref: AttemptRef) -> None:
        """A drop of what is not held: it may still be there."""
        if self._found is not None and ref in self._found and self._desk.find(ref) is None:
            self._found.remove(ref)
            self._to_end.put_nowait(ref)

    def _sort_out(self) -> None:
        if self._found is None or self._wanted is None:
            return
        for ref in self._found - self._wanted:
            if self._desk.find(ref) is None:
                self._found.remove(ref)
                self._to_end.put_nowait(ref)
        self._wanted = None

    async def run(self) -> None:
        async with asyncio.TaskGroup() as endings:
            while True:
                ref = await self._to_end.get()
                endings.create_task(self._end(ref))

    async def _end(self, ref: AttemptRef) -> None:
        log.info("leftover.ending", job_id=str(ref.job_id), attempt=ref.attempt)
        await self._ender.end(prompt_id_of(ref))
        self._tidying.tidy(ref)
