"""The bus over links that come and go: both buses are this one, each with links of its own kind.

link ──▶ declare every queue, in the order of the calls ──▶ publishing is open ──▶ on_subscribed and
consume, in the same order ──▶ until it is lost ──▶ pause ──▶ the next link

So a process whose exclusive queue is held by another has published nothing on that link.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from types import TracebackType
from typing import Self, TypeVar

import structlog

from shared.bus.base import (
    DEAD_QUEUES,
    BrokerUnavailable,
    Callback,
    DeadLetter,
    Handler,
    Queue,
    QueueLocked,
    Unroutable,
    nothing,
    route_of,
)
from shared.bus.consumer import AfterBug, Consumer, outcome_of
from shared.bus.link import Connect, Delivery, Link
from shared.bus.metrics import CONNECTED, NOT_TAKEN
from shared.bus.subscription import Subscription
from shared.bus.timing import Timing
from shared.messages import Message
from shared.messages.base import decode, encode

log = structlog.get_logger()

M = TypeVar("M", bound=Message)

SETTLE_SECONDS = 5


class LinkedBus:
    def __init__(self, connect: Connect, *, name: str, timing: Timing) -> None:
        self._connect = connect
        self._name = name
        self._timing = timing
        self._link: Link | None = None  # where one may publish
        self._subscriptions: list[Subscription] = []
        self._changed = asyncio.Event()
        self._connected = asyncio.Event()
        self._tried = asyncio.Event()
        self._is_away = False  # and the log says so
        self._tasks = asyncio.TaskGroup()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Returns after the first attempt to connect, whatever came of it."""
        await self._tasks.__aenter__()
        CONNECTED.labels(self._name).set_function(lambda: self.is_connected)
        self._keeper = self._tasks.create_task(self._stay_connected())
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await self._tried.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._keeper:
            self._keeper.cancel()
        CONNECTED.remove(self._name)
        # A bug in the keeper cancelled the body: the group tells. Other errors stay as they are.
        if isinstance(error, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, traceback)
        else:
            await self._tasks.__aexit__(None, None, None)

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def until_connected(self) -> None:
        await self._connected.wait()

    async def publish(self, message: Message) -> None:
        await asyncio.sleep(0)  # who publishes again and again must not keep us from reconnecting
        if (link := self._usable) is None:
            raise BrokerUnavailable(f"{message.type}: not connected to the broker")
        try:
            await link.publish(route_of(message), encode(message))
        except (BrokerUnavailable, Unroutable) as error:
            answer = "returned" if isinstance(error, Unroutable) else "unconfirmed"
            NOT_TAKEN.labels(message.type, answer).inc()
            raise

    async def cast(self, message: Message) -> None:
        if link := self._usable:
            link.cast(route_of(message), encode(message))

    @property
    def _usable(self) -> Link | None:
        return None if self._link is None or self._link.loss.reason else self._link

    def subscribe(
        self,
        queue: Queue[M],
        handle: Handler[M],
        *,
        prefetch: int | None = 1,
        on_subscribed: Callback = nothing,
        on_locked: Callback = nothing,
    ) -> AbstractAsyncContextManager[None]:
        def read(delivery: Delivery) -> M:
            return decode(delivery.body, queue.carries)

        consumer = Consumer(
            queue.name,
            read,
            handle,
            at_once=prefetch or 1,
            after_bug=AfterBug.REDELIVERED if queue.dead_letters else AfterBug.DROPPED,
            timing=self._timing,
        )
        return self._subscribed(
            Subscription(
                (queue,),
                consumer,
                prefetch=prefetch,
                on_subscribed=on_subscribed,
                on_locked=on_locked,
            )
        )

    def subscribe_dead(
        self, handle: Callable[[DeadLetter], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        queues: tuple[Queue[Message], ...] = tuple(Queue(name, {}, ()) for name in DEAD_QUEUES)
        consumer = Consumer(
            "dead letters",
            lambda delivery: delivery.as_dead_letter(),
            handle,
            at_once=1,
            after_bug=AfterBug.KEPT,
            timing=self._timing,
        )
        return self._subscribed(
            Subscription(queues, consumer, prefetch=1, on_subscribed=nothing, on_locked=nothing)
        )

    @asynccontextmanager
    async def _subscribed(self, subscription: Subscription) -> AsyncIterator[None]:
        self._refuse_second_holder(subscription)
        subscription.begin(self._tasks)
        self._subscriptions.append(subscription)
        self._connected.clear()
        self._changed.set()
        try:
            if self._link is not None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(SETTLE_SECONDS):
                        await subscription.settled.wait()
            yield
        finally:
            self._subscriptions.remove(subscription)
            self._changed.set()
            await subscription.leave()

    def _refuse_second_holder(self, subscription: Subscription) -> None:
        held = {queue.name for other in self._subscriptions for queue in other.queues}
        for queue in subscription.queues:
            if queue.exclusive and queue.name in held:
                raise ValueError(f"this bus is subscribed to {queue.name} already")

    async def _stay_connected(self) -> None:
        pauses = self._timing.reconnect_pauses()
        while True:
            try:
                async with self._linked() as link:
                    await self._serve(link)
                pauses = self._timing.reconnect_pauses()
                pause = next(pauses)
            except BrokerUnavailable as error:
                self._say_away(str(error))
                pause = next(pauses)
            except QueueLocked as error:
                self._say_away(str(error))
                pause = self._timing.locked
            self._tried.set()
            await asyncio.sleep(pause)

    @asynccontextmanager
    async def _linked(self) -> AsyncIterator[Link]:
        link = await self._connect(self._lost)
        try:
            yield link
        finally:
            self._link = None
            await link.close()

    def _lost(self) -> None:
        self._connected.clear()
        self._changed.set()
        for subscription in self._subscriptions:
            subscription.lose()

    async def _serve(self, link: Link) -> None:
        """Until it is lost: all subscriptions, also those that are added meanwhile."""
        while not link.loss.reason:
            self._changed.clear()
            await self._establish(link)
            if not self._changed.is_set():
                self._connected.set()
                self._say_here()
                await self._changed.wait()
        self._say_away(link.loss.reason)

    async def _establish(self, link: Link) -> None:
        subscriptions = tuple(self._subscriptions)
        for subscription in subscriptions:
            try:
                await subscription.declare(link)
            except QueueLocked:
                self._link = None
                await link.close()
                await outcome_of(subscription.on_locked)
                raise
        self._link = link
        self._tried.set()
        for subscription in subscriptions:
            await subscription.start(link, self._timing)

    def _say_here(self) -> None:
        if self._is_away:
            self._is_away = False
            log.info("broker.regained", bus=self._name)

    def _say_away(self, reason: str) -> None:
        if not self._is_away:
            self._is_away = True
            log.warning("broker.lost", bus=self._name, reason=reason)
