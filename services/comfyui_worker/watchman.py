"""Looks at how long things have been as they are, and calls off what waits in vain."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from services.comfyui_worker.answers import Queue, QueuedPrompt
from services.comfyui_worker.attempts import Attempt, CallOff, Stage
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.health import Health
from services.comfyui_worker.identity import prompt_id_of
from services.comfyui_worker.settings import Timing

log = structlog.get_logger()

NEEDS_COMFYUI = {Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI, Stage.ENDED}
WAITS_THERE = {Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI}
WAITS_AT_ALL = {Stage.WAITING, Stage.ASKING} | WAITS_THERE


@dataclass(frozen=True)
class Order:
    attempt: Attempt
    kind: CallOff
    reason: str


def to_call_off(
    attempts: Iterable[Attempt], health: Health, timing: Timing, *, now: float
) -> Iterator[Order]:
    silent = health.silent_for(now) >= timing.unreachable
    stages = _stages_to_hand_back(health, now=now)
    reason = health.reason() or ""
    for attempt in attempts:
        if silent and attempt.stage in NEEDS_COMFYUI:
            yield Order(attempt, CallOff.UNREACHABLE, reason)
        elif attempt.stage in stages and attempt.running_since is None:
            yield Order(attempt, CallOff.HAND_BACK, reason)


def _stages_to_hand_back(health: Health, *, now: float) -> set[Stage]:
    if health.stopping:
        return WAITS_AT_ALL
    if health.is_stuck or health.is_busy:
        return WAITS_THERE
    if health.breaker.ailing and not health.breaker.may_try(now):
        return {Stage.GRANTED}
    return set()


def is_stuck(attempts: Iterable[Attempt], timing: Timing, *, now: float) -> bool:
    """A prompt that was interrupted is held until it is gone, so what is held is still there."""
    return any(
        attempt.interrupted_at is not None
        and now - attempt.interrupted_at >= timing.stuck
        and attempt.is_overdue(now)
        for attempt in attempts
    )


class Watchman:
    def __init__(self, desk: Desk, health: Health, *, worker_id: str, timing: Timing) -> None:
        self._worker_id = worker_id
        self._desk = desk
        self._health = health
        self._timing = timing
        self._behind_others_since: tuple[float, datetime] | None = None

    async def run(self) -> None:
        while True:
            self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(self._timing.watchman)

    def look(self, now: float) -> None:
        stuck = is_stuck(self._desk, self._timing, now=now)
        if stuck and not self._health.is_stuck:
            log.error("comfyui.stuck", advice="restart it")
        self._health.see_stuck(stuck)
        if self._behind_others_since is not None:
            since, clock = self._behind_others_since
            if now - since >= self._timing.busy and not self._health.is_busy:
                log.warning("comfyui.busy", since=clock.isoformat())
                self._health.see_busy(clock)
        for order in list(to_call_off(self._desk, self._health, self._timing, now=now)):
            order.attempt.call_off(order.kind, order.reason)

    def see_queue(self, queue: Queue) -> None:
        """Others' prompts are theirs; all that is asked is how long ours wait behind them."""
        others_run = any(not self._is_ours(prompt) for prompt in queue.running)
        if not others_run or not any(self._is_ours(prompt) for prompt in queue.pending):
            self._behind_others_since = None
        elif self._behind_others_since is None:
            now = asyncio.get_running_loop().time()
            self._behind_others_since = now, datetime.now(UTC)
        if self._health.is_busy and all(map(self._is_ours, (*queue.running, *queue.pending))):
            self._health.see_busy(None)

    def _is_ours(self, prompt: QueuedPrompt) -> bool:
        return is_of(self._worker_id, prompt)


def is_of(worker_id: str, prompt: QueuedPrompt) -> bool:
    mark = prompt.mark
    if mark is None or mark.worker != worker_id:
        return False
    return prompt_id_of(mark.ref) == prompt.prompt_id
