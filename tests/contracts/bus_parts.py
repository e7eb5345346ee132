"""What the tests of the bus send, and the handlers that they receive with."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from shared.bus.base import REPORTS, Queue
from shared.bus.linked import LinkedBus
from shared.bus.timing import Timing
from shared.jobs import JobId
from shared.messages import Claim, Generate, Go, Heartbeat, Message, Progress
from tests.infrastructure.waiting import until

QUICK = Timing(pauses=(0.01, 0.02), reconnect=(0.05, 0.2), locked=0.1, heartbeat=2)
PATIENT = Timing(pauses=(600,), reconnect=(0.05, 0.2), locked=0.1, heartbeat=2)

# One more bus at the same broker, as if of another process.
NewBus = Callable[..., LinkedBus]

M = TypeVar("M")


@dataclass
class Received(Generic[M]):
    """A handler that keeps what it is given."""

    messages: list[M] = field(default_factory=list)

    async def __call__(self, message: M) -> None:
        self.messages.append(message)

    async def until(self, count: int, *, within: float = 20) -> list[M]:
        await until(lambda: len(self.messages) >= count, within=within, what=f"{count} messages")
        return self.messages


async def ignore(_message: object) -> None:
    """A handler for who only wants the queue."""


@dataclass
class Failing(Received[M]):
    """Raises what it was given, one after another, and then succeeds."""

    errors: list[BaseException] = field(default_factory=list)

    async def __call__(self, message: M) -> None:
        await super().__call__(message)
        if self.errors:
            raise self.errors.pop(0)


@dataclass
class Busy(Received[M]):
    """Is not done with a message before the test lets it go."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    most: int = 0

    async def __call__(self, message: M) -> None:
        await super().__call__(message)
        self.running += 1
        self.most = max(self.most, self.running)
        await self.released.wait()
        self.running -= 1


class Counter:
    """A callback that counts."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self) -> None:
        self.calls += 1


class Noting:
    """A callback that writes its name into a list."""

    def __init__(self, name: str, order: list[str]) -> None:
        self._name, self._order = name, order

    async def __call__(self) -> None:
        self._order.append(self._name)


def claim(number: int = 1) -> Claim:
    """The attempt tells them apart."""
    return Claim(worker_id="gpu-1", job_id=JobId(uuid4()), attempt=number)


def go(number: int = 1, *, worker_id: str = "gpu-1") -> Go:
    return Go(worker_id=worker_id, job_id=JobId(uuid4()), attempt=number)


def generate(number: int = 1, *, worker_id: str = "gpu-1") -> Generate:
    return Generate(
        worker_id=worker_id,
        job_id=JobId(uuid4()),
        attempt=number,
        user_id=uuid4(),
        workflow="text_to_image",
        prompt="a lighthouse",
        negative_prompt="",
        params={"steps": 20},
        timeout_s=600,
    )


def heartbeat(seq: int = 1) -> Heartbeat:
    return Heartbeat(worker_id="gpu-1", instance_id=UUID(int=7), seq=seq, accepting=True, ahead=2)


def progress(value: float) -> Progress:
    return Progress(job_id=JobId(uuid4()), user_id=uuid4(), attempt=1, value=value)


def numbers(messages: Sequence[Message]) -> list[int]:
    return [message.attempt for message in messages if isinstance(message, Claim | Go | Generate)]


# Claims are sent to it, of which it knows nothing.
NARROW: Queue[Heartbeat] = Queue(
    "narrow", {"heartbeat": Heartbeat}, ((REPORTS, "claim"),), dead_letters="reports.dead"
)
