"""One connection to a broker, for as long as it lasts: what the two buses differ in."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from shared.bus.base import DeadLetter, Queue, Route


class Loss:
    """Whether a link was lost, and why; shared by all that hang on it."""

    def __init__(self, on_lost: Callable[[], None]) -> None:
        self.reason: str | None = None
        self._on_lost = on_lost

    def because(self, reason: str) -> None:
        """The first reason is the one."""
        if self.reason is None:
            self.reason = reason
            self._on_lost()


class Delivery(Protocol):
    """One message that was handed to us. Answering for one of a lost link does nothing."""

    body: bytes

    @property
    def redeliveries(self) -> int:
        """How often it was given back as failed before."""

    @property
    def is_lost(self) -> bool:
        """Its link is gone: the broker delivers it again, to somebody."""

    def as_dead_letter(self) -> DeadLetter:
        """Of one that comes out of a dead-letter queue."""

    async def done(self) -> None: ...

    async def bury(self) -> None:
        """Into the dead-letter queue; gone, where its queue has none."""

    async def give_back(self) -> None:
        """To be delivered again; nothing was wrong with it."""

    async def give_back_failed(self) -> None:
        """To be delivered again, and counted: past DELIVERY_LIMIT it is buried."""


class Feed(Protocol):
    """The deliveries of one queue."""

    async def stop(self) -> None:
        """No more after this; those delivered can still be answered. Does nothing when lost."""

    async def close(self) -> None:
        """Let go of the queue; an exclusive one ends."""


class Link(Protocol):
    @property
    def loss(self) -> Loss: ...

    async def publish(self, route: Route, body: bytes) -> None:
        """Raises BrokerUnavailable or Unroutable, after 5 s at the latest."""

    def cast(self, route: Route, body: bytes) -> None: ...

    async def declare(self, queue: Queue[Any]) -> None:
        """With its bindings and dead letters. Raises QueueLocked or BrokerUnavailable."""

    async def consume(
        self, queue: Queue[Any], take: Callable[[Delivery], None], *, prefetch: int | None
    ) -> Feed:
        """`take` each delivery, in order. Raises BrokerUnavailable."""

    async def close(self) -> None: ...


# Open a link that calls its argument when it is lost. Raises BrokerUnavailable.
Connect = Callable[[Callable[[], None]], Awaitable[Link]]
