"""The bus inside one process: what RabbitMQ does, as far as we use it, until the process ends.

Not done here: a work queue that nobody uses for a day stays.
"""

from collections.abc import Callable
from typing import Any

from shared.bus.base import Queue, QueueLocked, Route, Unroutable
from shared.bus.in_process_queue import Envelope, InProcessFeed, InProcessQueue
from shared.bus.link import Delivery, Loss
from shared.bus.linked import LinkedBus
from shared.bus.timing import Timing


class InProcessBroker:
    """Where buses meet. Queues, once declared, keep their messages; exclusive ones do not."""

    def __init__(self) -> None:
        self._queues: dict[str, InProcessQueue] = {}

    async def connect(self, on_lost: Callable[[], None]) -> "InProcessLink":
        return InProcessLink(self, Loss(on_lost))

    def route(self, route: Route, body: bytes) -> bool:
        """Whether any queue took it."""
        takers = [queue for queue in self._queues.values() if queue.wants(route)]
        for queue in takers:
            queue.put(Envelope(body), life=route.life)
        return bool(takers)

    def declare(self, spec: Queue[Any], holder: "InProcessLink") -> None:
        if spec.dead_letters:
            self.declare(Queue(spec.dead_letters, {}, ()), holder)
        queue = self._queues.get(spec.name)
        if queue is None:
            owner = holder if spec.exclusive else None
            self._queues[spec.name] = InProcessQueue(spec, owner=owner, bury=self._bury)
        elif queue.owner not in (None, holder):
            raise QueueLocked(f"another connection holds {spec.name}")

    def feed(
        self, spec: Queue[Any], take: Callable[[Delivery], None], prefetch: int | None
    ) -> InProcessFeed:
        return self._queues[spec.name].feed(take, prefetch, on_close=self._forget_exclusive)

    def let_go(self, holder: "InProcessLink") -> None:
        for name in [name for name, queue in self._queues.items() if queue.owner is holder]:
            del self._queues[name]

    def _forget_exclusive(self, queue: InProcessQueue) -> None:
        if queue.owner is not None and self._queues.get(queue.spec.name) is queue:
            del self._queues[queue.spec.name]

    def _bury(self, name: str, envelope: Envelope) -> None:
        self._queues[name].put(envelope, life=None)


class InProcessBus(LinkedBus):
    """`async with InProcessBus() as bus`; those that share a broker are like two processes."""

    def __init__(
        self,
        broker: InProcessBroker | None = None,
        *,
        name: str = "in process",
        timing: Timing | None = None,
    ) -> None:
        broker = broker or InProcessBroker()
        super().__init__(broker.connect, name=name, timing=timing or Timing())


class InProcessLink:
    def __init__(self, broker: InProcessBroker, loss: Loss) -> None:
        self.loss = loss
        self._broker = broker
        self._feeds: list[InProcessFeed] = []

    async def publish(self, route: Route, body: bytes) -> None:
        if not self._broker.route(route, body) and route.mandatory:
            raise Unroutable(f"publishing to {route.exchange}: no queue takes it")

    def cast(self, route: Route, body: bytes) -> None:
        self._broker.route(route, body)

    async def declare(self, queue: Queue[Any]) -> None:
        self._broker.declare(queue, self)

    async def consume(
        self, queue: Queue[Any], take: Callable[[Delivery], None], *, prefetch: int | None
    ) -> InProcessFeed:
        feed = self._broker.feed(queue, take, prefetch)
        self._feeds.append(feed)
        return feed

    async def close(self) -> None:
        self.loss.because("closed by us")
        for feed in self._feeds:
            feed.lose()
        self._feeds.clear()
        self._broker.let_go(self)
