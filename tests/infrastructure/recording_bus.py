"""A bus that keeps what it is given, and can be told to fail: for tests of one sender at a time."""

from collections.abc import Callable

from shared.bus.base import BrokerUnavailable, Unroutable
from shared.messages import Message


class RecordingBus:
    """`publish` and `cast` of shared.bus.base.Bus; nobody receives."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.casts: list[Message] = []
        self.refuses: Callable[[Message], bool] = lambda message: False
        self.cannot_route: Callable[[Message], bool] = lambda message: False

    async def publish(self, message: Message) -> None:
        if self.refuses(message):
            raise BrokerUnavailable("not confirmed")
        if self.cannot_route(message):
            raise Unroutable("no queue")
        self.published.append(message)

    async def cast(self, message: Message) -> None:
        self.casts.append(message)
