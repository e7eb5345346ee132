"""The bus on RabbitMQ."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from aiormq import Channel, Connection
from aiormq.abc import ChannelFrame
from aiormq.exceptions import ChannelInvalidStateError, ChannelLockedResource
from yarl import URL

from shared.bus.amqp_delivery import AmqpFeed
from shared.bus.amqp_errors import ANSWER_SECONDS, AWAY, broker_errors, reason_of
from shared.bus.amqp_frames import frames, properties
from shared.bus.amqp_queues import declare_exchanges, declare_queue
from shared.bus.amqp_writes import FrameQueue
from shared.bus.base import BrokerUnavailable, Queue, QueueLocked, Route
from shared.bus.link import Delivery, Loss
from shared.bus.linked import LinkedBus
from shared.bus.timing import Timing

CAST_BACKLOG = 1000  # messages; then the oldest are lost


class AmqpBus(LinkedBus):
    """`async with AmqpBus(url, name="dispatcher") as bus`; `name` is what the broker shows."""

    def __init__(self, url: str, *, name: str, timing: Timing | None = None) -> None:
        timing = timing or Timing()
        address = URL(url).update_query(heartbeat=timing.heartbeat, name=name)
        super().__init__(partial(AmqpLink.open, address), name=name, timing=timing)


class AmqpLink:
    """One connection: a channel with confirms, one without, and one for each consumed queue.

    Losing any of them is losing the link: there is one way back.
    """

    def __init__(self, connection: Connection, loss: Loss) -> None:
        self.loss = loss
        self._connection = connection
        self._confirmed: Channel
        self._unconfirmed: Channel
        self._casts: asyncio.Queue[tuple[Route, bytes]] = asyncio.Queue(CAST_BACKLOG)
        self._caster: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, address: URL, on_lost: Callable[[], None]) -> "AmqpLink":
        connection = Connection(address)
        connection.write_queue = FrameQueue()
        async with broker_errors("connecting"):
            await connection.connect()
        link = cls(connection, Loss(on_lost))
        try:
            await link._open_channels()
        except BaseException:
            await link.close()
            raise
        return link

    async def _open_channels(self) -> None:
        self._connection.closing.add_done_callback(self._closed)
        async with broker_errors("opening channels"):
            self._confirmed = await self._channel()
            self._unconfirmed = await self._channel(publisher_confirms=False)
            await declare_exchanges(self._connection)
        self._caster = asyncio.create_task(self._send_casts())

    async def _channel(self, **options: Any) -> Channel:
        channel = await self._open_channel(**options)
        channel.closing.add_done_callback(self._closed)
        return channel

    async def _open_channel(self, **options: Any) -> Channel:
        channel = await self._connection.channel(**options)
        assert isinstance(channel, Channel)  # noqa: S101 - aiormq promises less than it gives
        return channel

    def _closed(self, closing: "asyncio.Future[Any]") -> None:
        self.loss.because(reason_of(closing))

    async def publish(self, route: Route, body: bytes) -> None:
        async with broker_errors(f"publishing to {route.exchange}"):
            if route.mandatory or len(body) > self._confirmed.max_content_size:
                await self._confirmed.basic_publish(
                    body,
                    exchange=route.exchange,
                    routing_key=route.key,
                    properties=properties(route),
                    mandatory=route.mandatory,
                    wait=False,  # for the socket: the confirmation says more
                )
            else:
                await self._publish_quickly(route, body)

    async def _publish_quickly(self, route: Route, body: bytes) -> None:
        """As `basic_publish` does what cannot be returned, and so needs no id."""
        channel = self._confirmed
        if channel.is_closed:
            raise ChannelInvalidStateError
        # Counted and queued without a pause in between, as the broker counts by what it gets.
        channel.delivery_tag += 1
        confirmation = channel.create_future()
        channel.confirmations[channel.delivery_tag] = confirmation
        channel.write_queue.put_nowait(
            ChannelFrame(payload=frames(channel.number, route, body), should_close=False)
        )
        await confirmation

    def cast(self, route: Route, body: bytes) -> None:
        if self._casts.full():
            self._casts.get_nowait()
        self._casts.put_nowait((route, body))

    async def _send_casts(self) -> None:
        with suppress(*AWAY):
            while True:
                route, body = await self._casts.get()
                # For the socket it is waited once, for all that came together.
                await self._send_cast(route, body, wait=self._casts.empty())

    async def _send_cast(self, route: Route, body: bytes, *, wait: bool) -> None:
        channel = self._unconfirmed
        if len(body) > channel.max_content_size:
            await channel.basic_publish(
                body,
                exchange=route.exchange,
                routing_key=route.key,
                properties=properties(route),
                wait=wait,
            )
            return
        sent = channel.create_future() if wait else None
        channel.write_queue.put_nowait(
            ChannelFrame(frames(channel.number, route, body), should_close=False, drain_future=sent)
        )
        if sent is not None:
            await sent

    async def declare(self, queue: Queue[Any]) -> None:
        try:
            async with broker_errors(f"declaring {queue.name}"):
                channel = await self._connection.channel()
                await declare_queue(channel, queue)
                await channel.close()
        except BrokerUnavailable as error:
            if isinstance(error.__cause__, ChannelLockedResource):
                raise QueueLocked(f"another connection holds {queue.name}") from error
            raise

    async def consume(
        self, queue: Queue[Any], take: Callable[[Delivery], None], *, prefetch: int | None
    ) -> AmqpFeed:
        async with broker_errors(f"consuming {queue.name}"):
            channel = await self._open_channel(publisher_confirms=False)
            feed = AmqpFeed(channel, queue, take, self.loss)
            await feed.start(prefetch)
        return feed

    async def close(self) -> None:
        """Within 5 s; what takes longer, on a frozen link, goes on behind our back."""
        self.loss.because("closed by us")
        if self._caster:
            self._caster.cancel()
        closing = asyncio.create_task(self._connection.close(), name="closing a broker link")
        await asyncio.wait({closing}, timeout=ANSWER_SECONDS)
