"""The message bus as services see it, and every exchange and queue there is.

kind             exchange           queue                    durable
generate         darkroom.work      generate.<worker id>     quorum, one active consumer
go drop yours    darkroom.control   control.<worker id>      exclusive: its holder is that worker
claim failed     darkroom.reports   reports                  quorum
output           darkroom.reports   outputs                  quorum
heartbeat        darkroom.reports   heartbeats               messages live for 15 s
progress         darkroom.reports   each notifier's own      exclusive
job.* content.*  darkroom.events    each notifier's own      exclusive

A quorum queue's dead letters go to generate.dead, reports.dead, outputs.dead.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

from shared.errors import AppError, Unavailable
from shared.messages import (
    JOB_EVENTS,
    Claim,
    ContentCreated,
    ContentDeleted,
    ContentUpdated,
    Control,
    Drop,
    Event,
    Failed,
    Generate,
    Go,
    Heartbeat,
    JobDeleted,
    JobEvent,
    Message,
    Output,
    Progress,
    Yours,
)

WORK = "darkroom.work"
CONTROL = "darkroom.control"
REPORTS = "darkroom.reports"
EVENTS = "darkroom.events"

HEARTBEAT_LIFE = timedelta(seconds=15)
UNUSED_WORK_QUEUE_LIFE = timedelta(days=1)
DELIVERY_LIMIT = 20

M = TypeVar("M", bound=Message)


class BrokerUnavailable(Unavailable):
    """Not confirmed: it may or may not have arrived. Publish it again."""

    code = "broker_unavailable"


class Unroutable(Unavailable):
    """The broker answers, but the queue that this message needs is not there."""

    code = "unroutable"


class QueueLocked(AppError):
    """Another connection holds this exclusive queue."""

    code = "queue_locked"


@dataclass(frozen=True)
class Route:
    exchange: str
    key: str
    durable: bool = False  # survives the broker's restart
    mandatory: bool = False  # unroutable is an error
    life: timedelta | None = None


def route_of(message: Message) -> Route:
    """Where each kind of message goes."""
    match message:
        case Generate():
            return Route(WORK, message.worker_id, durable=True, mandatory=True)
        case Go() | Drop() | Yours():
            return Route(CONTROL, message.worker_id)
        case Claim() | Failed() | Output():
            return Route(REPORTS, message.type, durable=True, mandatory=True)
        case Heartbeat():
            return Route(REPORTS, message.type, life=HEARTBEAT_LIFE)
        case Progress():
            return Route(REPORTS, message.type)
        case JobEvent() | JobDeleted() | ContentCreated() | ContentUpdated() | ContentDeleted():
            return Route(EVENTS, f"{message.type}.{message.user_id}")
        case _:
            raise TypeError(f"{message.type} has no route")


@dataclass(frozen=True)
class Queue(Generic[M]):
    """A queue, typed by the messages that it carries, and what it is bound to."""

    name: str
    carries: dict[str, type[M]]
    bindings: tuple[tuple[str, str], ...]  # (exchange, key)
    exclusive: bool = False  # lives and dies with its connection; QueueLocked for a second one
    single_active: bool = False
    dead_letters: str | None = None  # quorum queues only: where what cannot be handled goes
    unused_life: timedelta | None = None
    message_life: timedelta | None = None


def _types(*messages: type[M]) -> dict[str, type[M]]:
    return {message.type_name(): message for message in messages}


def work_queue(worker_id: str) -> Queue[Generate]:
    return Queue(
        f"generate.{worker_id}",
        _types(Generate),
        ((WORK, worker_id),),
        single_active=True,
        dead_letters="generate.dead",
        unused_life=UNUSED_WORK_QUEUE_LIFE,
    )


def control_queue(worker_id: str) -> Queue[Control]:
    carries: dict[str, type[Control]] = {"go": Go, "drop": Drop, "yours": Yours}
    return Queue(f"control.{worker_id}", carries, ((CONTROL, worker_id),), exclusive=True)


def live_queue() -> Queue[Event | Progress]:
    """A notifier's own: all events, and progress."""
    carries: dict[str, type[Any]] = {
        **JOB_EVENTS,
        **_types(JobDeleted, ContentCreated, ContentUpdated, ContentDeleted, Progress),
    }
    return Queue(
        f"live.{uuid4().hex}", carries, ((EVENTS, "#"), (REPORTS, "progress")), exclusive=True
    )


REPORT_QUEUE: Queue[Claim | Failed] = Queue(
    "reports",
    {"claim": Claim, "failed": Failed},
    ((REPORTS, "claim"), (REPORTS, "failed")),
    dead_letters="reports.dead",
)
OUTPUT_QUEUE: Queue[Output] = Queue(
    "outputs", _types(Output), ((REPORTS, "output"),), dead_letters="outputs.dead"
)
HEARTBEAT_QUEUE: Queue[Heartbeat] = Queue(
    "heartbeats", _types(Heartbeat), ((REPORTS, "heartbeat"),), message_life=HEARTBEAT_LIFE
)
DEAD_QUEUES = ("generate.dead", "reports.dead", "outputs.dead")


@dataclass(frozen=True)
class DeadLetter:
    """What a consumer could not handle, as it was."""

    queue: str  # where it was meant to be handled
    reason: str  # rejected, delivery_limit, expired …
    body: bytes


Handler = Callable[[M], Awaitable[None]]
Callback = Callable[[], Awaitable[None]]


async def nothing() -> None:
    """The callback of who does not want to know."""


class Sender(Protocol):
    """As much of a bus as one needs who only says things."""

    async def publish(self, message: Message) -> None:
        """Returns once the broker has it. Raises BrokerUnavailable or Unroutable, within 5 s, and
        at once while not connected. Several may be in flight."""

    async def cast(self, message: Message) -> None:
        """Send without waiting for anybody, and lose it when the broker is away. Never raises."""


class Bus(Sender, Protocol):
    """Connects by itself, for ever, and subscribes again in the order of the calls.

    A handler returns (done), raises Unavailable (an outage: the same message is handed in again
    after 1, 2, 4 … 30 s, no other is taken meanwhile beyond the prefetch, and no delivery is
    counted), raises Refused (dead letter, at once), or raises anything else (a bug: logged with its
    traceback and redelivered with the same pauses, at most DELIVERY_LIMIT times, then dead letter).
    A queue without dead letters drops what is refused and what meets a bug: waiting would hold up
    all that is behind it, and what goes through those queues is repeated or replaced anyway.
    """

    def subscribe(
        self,
        queue: Queue[M],
        handle: Handler[M],
        *,
        prefetch: int | None = 1,
        on_subscribed: Callback = nothing,
        on_locked: Callback = nothing,
    ) -> AbstractAsyncContextManager[None]:
        """Deliver `queue` to `handle` while the context lasts.

        `prefetch` messages are taken and handled at a time. None: all are taken at once, but still
        handled one after another, in order of arrival as with 1; for handlers that are quick.
        Entering declares the queue where the broker is there, and never waits for one that is not.
        `on_subscribed` runs after each (re)connection, before the first message of it: whatever
        came meanwhile to an exclusive queue is lost. It is handed in again while it raises.
        `on_locked` runs each time another connection is found to hold an exclusive queue; the bus
        then lets go of its connection (so nothing else is published or consumed either) and tries
        again every 5 s. A second subscription of one bus to one exclusive queue is a ValueError.
        Leaving the context takes no new messages and waits for those being handled; a message that
        waits for the end of an outage goes back to its queue. An exclusive queue ends with it.
        """

    def subscribe_dead(
        self, handle: Callable[[DeadLetter], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        """Declare and consume every dead-letter queue, one letter at a time. A letter is handed in
        again until the handler returns, whatever it raises: there is nowhere else to put it."""

    @property
    def is_connected(self) -> bool:
        """And all subscriptions are in place."""

    async def until_connected(self) -> None: ...


async def reachable(bus: Bus) -> None:
    """A readiness check. Raises BrokerUnavailable."""
    if not bus.is_connected:
        raise BrokerUnavailable("the broker does not answer")
