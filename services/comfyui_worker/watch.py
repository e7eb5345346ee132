"""What became of our prompts: one look at /queue for all of them, then /history for each that is
not in it. In this order, for the other one calls live prompts lost.

The doorbell only says when to look; what counts is what is seen.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from services.comfyui_worker.answers import Ended, Queue, Unintelligible
from services.comfyui_worker.attempts import Attempt
from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.settings import Timing

LOOKS_UNTIL_LOST = 3
EASING = 1.4
TIMES_LATER_WITH_A_BELL = 4  # a ring is answered at once; a look at everything only confirms
RINGS_KEPT = 64


class Fate(Enum):
    LOST = auto()  # three looks found it nowhere
    OVERDUE = auto()  # it runs for longer than it may


@dataclass(eq=False)
class Watched:
    attempt: Attempt
    fate: asyncio.Future[Ended | Fate]
    misses: int = 0

    def settle(self, fate: Ended | Fate) -> None:
        if not self.fate.done():
            self.fate.set_result(fate)


class Watch:
    """`on_queue` sees every /queue that was read."""

    def __init__(
        self, comfyui: ComfyUi, timing: Timing, *, on_queue: Callable[[Queue], None]
    ) -> None:
        self._comfyui = comfyui
        self._timing = timing
        self._on_queue = on_queue
        self._watched: dict[str, Watched] = {}
        self._rung: deque[str] = deque(maxlen=RINGS_KEPT)
        self._bell = asyncio.Event()
        self._hurried = asyncio.Event()
        self._pace = timing.quick_poll
        self._due_at = 0.0  # loop time of the next look at everything

    def ring(self, prompt_id: str) -> None:
        """ComfyUI says that this prompt has ended."""
        self._rung.append(prompt_id)
        if prompt_id in self._watched:
            self._bell.set()

    async def until_settled(self, attempt: Attempt) -> Ended | Fate:
        """However long that takes; ComfyUI's silence is no fate."""
        watched = Watched(attempt, asyncio.get_running_loop().create_future())
        self._watched[attempt.prompt_id] = watched
        self._hurry(attempt)
        self._bell.set()
        try:
            return await watched.fate
        finally:
            del self._watched[attempt.prompt_id]

    async def run(self) -> None:
        """Side by side: what rang does not wait for a look at everything."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._answer_rings())
            tasks.create_task(self._look_again_and_again())

    async def _answer_rings(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            with contextlib.suppress(ComfyUiUnavailable, Unintelligible):
                await self._look_where_it_rang()

    async def _look_again_and_again(self) -> None:
        while True:
            await self._until_due()
            self._ease()
            with contextlib.suppress(ComfyUiUnavailable, Unintelligible):
                await self._look_everywhere()

    async def _until_due(self) -> None:
        while not self._watched or self._now() < self._due_at:
            wait = self._due_at - self._now() if self._watched else None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hurried.wait()
            self._hurried.clear()

    def _hurry(self, about: Attempt) -> None:
        """Something is about to change. Never puts off a look that is due sooner."""
        times = TIMES_LATER_WITH_A_BELL if about.will_ring else 1
        self._pace = times * self._timing.quick_poll
        soon = self._now() + self._pace
        is_ahead = self._now() < self._due_at
        self._due_at = min(self._due_at, soon) if is_ahead else soon
        self._hurried.set()

    def _ease(self) -> None:
        self._due_at = self._now() + self._pace
        self._pace = min(self._pace * EASING, self._timing.slow_poll)

    async def _look_where_it_rang(self) -> None:
        """Straight into the history: the bell rings only after the entry is there."""
        for prompt_id in [one for one in self._rung if one in self._watched]:
            self._rung.remove(prompt_id)
            ended = await self._comfyui.ended(prompt_id)
            if ended is not None and prompt_id in self._watched:
                one = self._watched[prompt_id]
                one.settle(ended)
                self._hurry(one.attempt)  # the next one begins now

    async def _look_everywhere(self) -> None:
        watched = [one for one in self._watched.values() if not one.fate.done()]
        if not watched:
            return
        queue = await self._comfyui.queue()
        self._on_queue(queue)
        for one in watched:
            if queue.has(one.attempt.prompt_id):
                self._see_queued(one, queue)
            else:
                await self._look_into_history(one)

    def _see_queued(self, one: Watched, queue: Queue) -> None:
        one.misses = 0
        now = self._now()
        if queue.runs(one.attempt.prompt_id):
            one.attempt.see_running(now)
            if one.attempt.is_overdue(now):
                one.settle(Fate.OVERDUE)

    async def _look_into_history(self, one: Watched) -> None:
        ended = await self._comfyui.ended(one.attempt.prompt_id)
        if ended is not None:
            one.settle(ended)
            self._hurry(one.attempt)
            return
        one.misses += 1
        if one.misses >= LOOKS_UNTIL_LOST:
            one.settle(Fate.LOST)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
