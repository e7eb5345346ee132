"""One `subscribe` call, over every link that comes and goes while it lasts."""

import asyncio
from typing import Any

from shared.bus.base import Callback, Queue
from shared.bus.consumer import Consumer, Outcome, outcome_of
from shared.bus.link import Feed, Link
from shared.bus.timing import Timing, passed


class Subscription:
    def __init__(
        self,
        queues: tuple[Queue[Any], ...],
        consumer: Consumer[Any],
        *,
        prefetch: int | None,
        on_subscribed: Callback,
        on_locked: Callback,
    ) -> None:
        self.queues = queues
        self.on_locked = on_locked
        self.settled = asyncio.Event()  # declared, or it has to wait for the broker
        self._consumer = consumer
        self._prefetch = prefetch
        self._on_subscribed = on_subscribed
        self._changing = asyncio.Lock()
        self._is_left = False
        self._untold = asyncio.Event()  # nobody needs to be told of this link any more
        self._declared_on: Link | None = None
        self._consuming_on: Link | None = None
        self._feeds: list[Feed] = []

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        self._consumer.begin(tasks)

    async def declare(self, link: Link) -> None:
        """Raises QueueLocked or BrokerUnavailable."""
        async with self._changing:
            if self._is_left or self._declared_on is link:
                return
            for queue in self.queues:
                await link.declare(queue)
            self._declared_on = link
            self.settled.set()

    async def start(self, link: Link, timing: Timing) -> None:
        """Raises BrokerUnavailable."""
        async with self._changing:
            if self._is_left or self._consuming_on is link or link.loss.reason:
                return
            self._feeds.clear()
            self._untold.clear()
            self._consumer.resume()
            if not await self._told_subscribed(link, timing):
                return
            self._consuming_on = link
            for queue in self.queues:
                self._feeds.append(
                    await link.consume(queue, self._consumer.take, prefetch=self._prefetch)
                )

    def lose(self) -> None:
        """At the moment at which the link is lost, whatever waits for what."""
        self._feeds.clear()
        self._declared_on = self._consuming_on = None
        self._untold.set()
        self._consumer.disturb()
        self.settled.set()

    async def leave(self) -> None:
        """Take no new messages, then wait for those being handled, then let go of the queue."""
        self._is_left = True
        self._untold.set()
        async with self._changing:
            feeds = tuple(self._feeds)
            for feed in feeds:
                await feed.stop()
            await self._consumer.finish()
            for feed in feeds:
                await feed.close()

    async def _told_subscribed(self, link: Link, timing: Timing) -> bool:
        """Whether `on_subscribed` succeeded in the end; no message comes before that."""
        attempt = 0
        while await outcome_of(self._on_subscribed, attempt=attempt) is not Outcome.DONE:
            if self._is_left or link.loss.reason:
                return False
            if not await passed(timing.pause(attempt), unless=self._untold):
                return False
            attempt += 1
        return not self._is_left
