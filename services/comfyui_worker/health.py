"""Whether this worker may take jobs, and if not, why: a sentence for people."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from services.comfyui_worker.breaker import Breaker
from services.comfyui_worker.failures import AttemptFailed
from services.comfyui_worker.room import NO_ROOM, ONE_AT_A_TIME, Room
from shared.jobs import JobId

log = structlog.get_logger()

_NOT_TRIED = "no test write has succeeded yet"


def of_the_clock(moment: datetime) -> str:
    return f"{moment:%H:%M} UTC"


class Health:
    """Told by those who see it; `on_change` hears when the sentence or the answer changes."""

    def __init__(self, worker_id: str, comfyui_name: str, breaker: Breaker) -> None:
        self.breaker = breaker
        self.stopping = False
        self.reachable = asyncio.Event()
        self.last_answer = _now()  # loop time
        self.described = False
        self.silences = 0  # how many there were
        self._worker_id = worker_id
        self._comfyui = comfyui_name
        self._silent_since: datetime | None = None
        self._silence = "it has not answered yet"
        self._stuck = False
        self._busy_since: datetime | None = None
        self._store_trouble: str | None = _NOT_TRIED
        self._store_answers = asyncio.Event()
        self._store_refuses = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []
        self._told: str | None = None

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    # What is seen

    def notice(self, silence: str | None) -> None:
        """Of ComfyUI: a sign of life (None), or none and why."""
        if silence is None:
            self.last_answer = _now()
            self._silent_since = None
            self.reachable.set()
        else:
            if self._silent_since is None:
                self._silent_since = datetime.now(UTC)
                self.silences += 1
            self._silence = silence
            self.reachable.clear()
        self._tell()

    def describe(self) -> None:
        """What it offers is known now."""
        self.described = True
        self._tell()

    def stop(self) -> None:
        self.stopping = True
        self._tell()

    def see_stuck(self, stuck: bool) -> None:
        self._stuck = stuck
        self._tell()

    def see_busy(self, since: datetime | None) -> None:
        self._busy_since = since
        self._tell()

    def see_store(self, trouble: str | None) -> None:
        self._store_trouble = trouble
        right, wrong = self._store_answers, self._store_refuses
        if trouble is not None:
            right, wrong = wrong, right
        right.set()
        wrong.clear()
        self._tell()

    def see_success(self) -> None:
        self.breaker.succeeded()
        self._tell()

    def see_failure(self, job_id: JobId, failure: AttemptFailed, *, ran: bool) -> None:
        self.breaker.failed(job_id, failure, ran=ran, now=_now(), clock=datetime.now(UTC))
        self._tell()

    # What follows

    def silent_for(self, now: float) -> float:
        return 0.0 if self.reachable.is_set() else now - self.last_answer

    @property
    def is_stuck(self) -> bool:
        return self._stuck

    @property
    def is_busy(self) -> bool:
        return self._busy_since is not None

    async def until_store_answers(self) -> None:
        await self._store_answers.wait()

    async def until_store_refuses(self) -> None:
        await self._store_refuses.wait()

    def hindrance(self) -> str | None:
        """Why nothing can be taken at all."""
        if self.stopping:
            return f"{self._worker_id} is stopping"
        if (trouble := self._trouble_with_comfyui()) is not None:
            return trouble
        if self._store_trouble is not None:
            return f"the media store refuses files: {self._store_trouble}"
        return None

    def _trouble_with_comfyui(self) -> str | None:
        which = f"ComfyUI at {self._comfyui}"
        if not self.reachable.is_set():
            since = f" since {of_the_clock(self._silent_since)}" if self._silent_since else ""
            return f"{which} does not answer{since}: {self._silence}"
        if self._stuck:
            return f"{which} is stuck, restart it"
        if self._busy_since is not None:
            return f"{which} is busy with others' prompts since {of_the_clock(self._busy_since)}"
        return None if self.described else f"{which} has not said yet what it offers"

    def reason(self) -> str | None:
        return self.hindrance() or self.breaker.reason(self._worker_id)

    def accepts(self, *, held: int) -> bool:
        if self.hindrance() is not None:
            return False
        return not self.breaker.ailing or (held == 0 and self.breaker.may_try(_now()))

    def room(self, usual: Room) -> Room:
        if self.hindrance() is not None:
            return NO_ROOM
        if self.breaker.ailing:
            return ONE_AT_A_TIME if self.breaker.may_try(_now()) else NO_ROOM
        return usual

    def seconds_to_next_try(self) -> float | None:
        """None: there is nothing to wait for."""
        now = _now()
        if not self.breaker.ailing or self.breaker.may_try(now):
            return None
        return self.breaker.seconds_to_next_try(now)

    @property
    def _is_only_starting(self) -> bool:
        has_answered = self.described or self._silent_since is not None
        return not has_answered or self._store_trouble == _NOT_TRIED

    def _tell(self) -> None:
        reason = self.reason()
        if reason != self._told:
            self._told = reason
            if reason is None:
                log.info("worker.well")
            elif self._is_only_starting or self.stopping:
                log.info("worker.hindered", reason=reason)  # as it should be just then
            else:
                log.warning("worker.hindered", reason=reason)
            for listener in self._listeners:
                listener()


def _now() -> float:
    return asyncio.get_running_loop().time()
