"""One attempt at a job, as this worker holds it, from `generate` to `drop`.

WAITING → ASKING → GRANTED → ENTERING → IN_COMFYUI → ENDED → FETCHED → STORED
                                 any of them → LEAVING: it is being ended in ComfyUI, then forgotten
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto
from typing import Any, TypeVar
from uuid import UUID, uuid4

from services.comfyui_worker.identity import prompt_id_of
from services.comfyui_worker.progress import PromptProgress
from shared.jobs import Phase
from shared.messages import AttemptRef, Generate, Go, HeldAttempt

Result = TypeVar("Result")


class Stage(IntEnum):
    WAITING = auto()
    ASKING = auto()  # claimed, not answered
    GRANTED = auto()  # told to go
    ENTERING = auto()  # has a place in ComfyUI; is being submitted
    IN_COMFYUI = auto()
    ENDED = auto()  # ComfyUI is done with it
    FETCHED = auto()  # its image is here, and on its way to the store
    STORED = auto()
    LEAVING = auto()


_PHASES = {
    Stage.WAITING: Phase.WAITING,
    Stage.ASKING: Phase.WAITING,
    Stage.GRANTED: Phase.CLAIMED,
    Stage.ENTERING: Phase.CLAIMED,
    Stage.ENDED: Phase.RENDERING,
    Stage.FETCHED: Phase.RENDERING,
    Stage.STORED: Phase.STORED,
}


class CallOff(Enum):
    DROPPED = auto()  # nobody wants it any more, ever
    HAND_BACK = auto()  # another worker had better make it, unless it runs already
    UNREACHABLE = auto()  # ComfyUI has been silent for too long


class CalledOff(Exception):
    """The work on this attempt was stopped in the middle."""

    def __init__(self, kind: CallOff, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


@dataclass(eq=False)
class Attempt:
    order: Generate
    changed: Callable[[], None]
    stage: Stage = Stage.WAITING
    progress: float | None = None
    tracker: PromptProgress | None = None
    progress_told_at: float = 0.0  # loop time
    will_ring: bool = False  # ComfyUI tells us when it has ended
    was_there: bool = False  # in ComfyUI, from before this instance
    entered: bool = False  # something of it may have been in ComfyUI
    touched: bool = False  # it may wait or run there now
    lingers: bool = False  # failed, and still to be ended in ComfyUI
    running_since: float | None = None  # loop time; None: not seen in queue_running
    ran: bool = False
    answer_lost_at: float | None = None  # of a submit
    interrupted_at: float | None = None  # first, loop time
    claim_id: UUID = field(default_factory=uuid4)
    not_there_under: UUID | None = None  # the claim under which it is known not to be in ComfyUI
    go: asyncio.Event = field(default_factory=asyncio.Event)
    may_ask: asyncio.Event = field(default_factory=asyncio.Event)
    may_enter: asyncio.Event = field(default_factory=asyncio.Event)
    _called_off: asyncio.Event = field(default_factory=asyncio.Event)
    _dropped: asyncio.Event = field(default_factory=asyncio.Event)
    _call: tuple[CallOff, str] | None = None

    def __post_init__(self) -> None:
        self.ref = AttemptRef(job_id=self.order.job_id, attempt=self.order.attempt)
        self.prompt_id = prompt_id_of(self.ref)

    def hear_go(self, go: Go) -> None:
        """Only the answer to its own question counts: any other may be as old as it likes."""
        if self.go.is_set() or go.claim_id not in (None, self.claim_id):
            return
        self.go.set()
        if go.is_first and not self.was_there:
            self.not_there_under = go.claim_id

    def ask_anew(self) -> None:
        """Whatever was granted so far counts no more."""
        self.claim_id = uuid4()
        self.go.clear()

    def move(self, stage: Stage) -> None:
        self.stage = stage
        self.changed()

    def see_running(self, now: float) -> None:
        self.ran = True
        if self.running_since is None:
            self.running_since = now
            self.progress = 0.0
            self.changed()

    def is_overdue(self, now: float) -> bool:
        return self.running_since is not None and now - self.running_since > self.order.timeout_s

    @property
    def phase(self) -> Phase:
        rendering = Phase.SUBMITTED if self.running_since is None else Phase.RENDERING
        return _PHASES.get(self.stage, rendering)

    @property
    def may_be_left(self) -> bool:
        """The next instance finds its prompt running, or its image stored."""
        if self.stage in (Stage.ENDED, Stage.FETCHED, Stage.LEAVING):
            return False
        return self.stage is Stage.STORED or self.running_since is not None

    def held(self) -> HeldAttempt:
        return HeldAttempt(
            job_id=self.ref.job_id,
            attempt=self.ref.attempt,
            phase=self.phase,
            progress=self.progress,
        )

    def call_off(self, kind: CallOff, reason: str) -> None:
        """A drop outweighs everything; otherwise the first reason counts."""
        if kind is CallOff.DROPPED:
            self._dropped.set()
        elif self._call is not None:
            return
        self._call = (kind, reason)
        self._called_off.set()

    @property
    def is_dropped(self) -> bool:
        return self._dropped.is_set()

    def carry_on(self) -> None:
        """What called it off came too late. A drop stays."""
        if not self.is_dropped:
            self._call = None
            self._called_off.clear()

    async def unless_called_off(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of `work`, which is cancelled when the attempt is called off: CalledOff."""
        return await self._unless(self._called_off, work)

    async def unless_dropped(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The same, but no other reason counts any more."""
        return await self._unless(self._dropped, work)

    async def _unless(self, call: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result:
        task = asyncio.ensure_future(work)
        called = asyncio.ensure_future(call.wait())
        try:
            await asyncio.wait({task, called}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            called.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled() and self._call is not None:
            raise CalledOff(*self._call)
        return task.result()
