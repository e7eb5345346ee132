"""One queue's deliveries from RabbitMQ, and the answers to them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from aiormq import Channel
from aiormq.abc import ChannelFrame, DeliveredMessage

from shared.bus.amqp_errors import broker_errors, reason_of
from shared.bus.amqp_frames import ack
from shared.bus.amqp_queues import CONSUMER_ARGUMENTS
from shared.bus.base import BrokerUnavailable, DeadLetter, Queue
from shared.bus.link import Delivery, Loss


class AmqpFeed:
    def __init__(
        self,
        channel: Channel,
        queue: Queue[Any],
        take: Callable[[Delivery], None],
        loss: Loss,
    ) -> None:
        self._channel = channel
        self._queue = queue
        self._take = take
        self._loss = loss
        self._tag = ""
        self._is_answered = True
        self._is_closing = False

    async def start(self, prefetch: int | None) -> None:
        self._channel.closing.add_done_callback(self._channel_closed)
        self._channel.on_consumer_cancel_callbacks.add(self._cancelled)
        # An exclusive queue ends with its link, so nothing in it comes a second time anyway: where
        # answers do not pace the broker either, they would be for nothing.
        self._is_answered = not (self._queue.exclusive and prefetch is None)
        await self._channel.basic_qos(prefetch_count=prefetch or 0)
        answer = await self._channel.basic_consume(
            self._queue.name,
            self._deliver,
            no_ack=not self._is_answered,
            arguments=dict(CONSUMER_ARGUMENTS),
        )
        self._tag = str(answer.consumer_tag)

    async def stop(self) -> None:
        if self._loss.reason is None:
            await self._finally(self._channel.basic_cancel(self._tag))

    async def close(self) -> None:
        self._is_closing = True
        if self._loss.reason is None and self._queue.exclusive:
            await self._finally(self._channel.queue_delete(self._queue.name))
        if self._loss.reason is None:
            await self._finally(self._channel.close())

    async def _finally(self, act: Awaitable[object]) -> None:
        """A link that does not answer is lost: several feeds that end must not wait in turn."""
        try:
            async with broker_errors(f"leaving {self._queue.name}"):
                await act
        except BrokerUnavailable as error:
            self._loss.because(str(error))

    async def _deliver(self, message: DeliveredMessage) -> None:
        kind = AmqpDelivery if self._is_answered else SettledDelivery
        self._take(kind(self._channel, message, self._loss))

    def _cancelled(self, _frame: object) -> None:
        self._loss.because(f"the broker ended the consumer of {self._queue.name}")

    def _channel_closed(self, closing: "asyncio.Future[object]") -> None:
        if not self._is_closing:
            self._loss.because(f"{self._queue.name}: {reason_of(closing)}")


class AmqpDelivery:
    def __init__(self, channel: Channel, message: DeliveredMessage, loss: Loss) -> None:
        self.body = message.body
        self._loss = loss
        self._channel = channel
        self._tag = message.delivery_tag or 0
        self._headers: Mapping[str, Any] = message.header.properties.headers or {}

    @property
    def redeliveries(self) -> int:
        return int(self._headers.get("x-delivery-count", 0))

    @property
    def is_lost(self) -> bool:
        return self._loss.reason is not None or self._channel.is_closed

    def as_dead_letter(self) -> DeadLetter:
        return DeadLetter(
            queue=str(self._headers.get("x-first-death-queue", "")),
            reason=str(self._headers.get("x-first-death-reason", "")),
            body=self.body,
        )

    async def done(self) -> None:
        if not self.is_lost:
            self._channel.write_queue.put_nowait(
                ChannelFrame(payload=ack(self._channel.number, self._tag), should_close=False)
            )

    async def bury(self) -> None:
        with suppress(BrokerUnavailable):
            async with broker_errors("rejecting"):
                await self._channel.basic_reject(self._tag, requeue=False)

    async def give_back(self) -> None:
        """From RabbitMQ 4.3 on a nack does not count."""
        with suppress(BrokerUnavailable):
            async with broker_errors("giving back"):
                await self._channel.basic_nack(self._tag, requeue=True)

    async def give_back_failed(self) -> None:
        """Before RabbitMQ 4.3 both count; from there on only a reject does."""
        with suppress(BrokerUnavailable):
            async with broker_errors("giving back"):
                await self._channel.basic_reject(self._tag, requeue=True)


class SettledDelivery(AmqpDelivery):
    """The broker has forgotten it already, and wants no answer."""

    async def done(self) -> None:
        pass

    async def bury(self) -> None:
        pass

    async def give_back(self) -> None:
        pass

    async def give_back_failed(self) -> None:
        pass
