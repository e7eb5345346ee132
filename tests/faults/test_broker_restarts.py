"""RabbitMQ itself is stopped, killed, loses its volume, or what is in it."""

import asyncio
from collections.abc import AsyncIterator

import aiormq
import pytest

from shared.bus.amqp import AmqpBus
from shared.bus.base import REPORT_QUEUE, BrokerUnavailable, Unroutable, control_queue, work_queue
from shared.messages import Claim, Failed, Generate
from tests.contracts.bus_parts import (
    QUICK,
    Counter,
    Received,
    claim,
    generate,
    go,
    ignore,
    numbers,
)
from tests.infrastructure.broker import Broker
from tests.infrastructure.waiting import until

RETURNS = 60  # seconds that a start of RabbitMQ and what follows may take
BEFORE, AFTER = 200, 200  # messages confirmed before and after it is away


@pytest.fixture
async def bus(broker: Broker) -> AsyncIterator[AmqpBus]:
    async with AmqpBus(broker.url, name="test", timing=QUICK) as bus:
        yield bus


@pytest.mark.slow
async def test_a_restart_is_survived_and_said(bus: AmqpBus, broker: Broker) -> None:
    received, subscribed = Received[Claim | Failed](), Counter()

    async with bus.subscribe(REPORT_QUEUE, received, on_subscribed=subscribed):
        await bus.publish(claim(1))
        await received.until(1)
        await broker.stop()
        await until(lambda: not bus.is_connected)
        with pytest.raises(BrokerUnavailable):
            await bus.publish(claim(2))
        await bus.cast(go())
        await broker.start()
        await publish_at_last(bus, claim(3))
        await until(lambda: 3 in numbers(received.messages))

    assert subscribed.calls == 2


@pytest.mark.slow
async def test_messages_outlive_a_broker_that_stops_while_nobody_listens(
    bus: AmqpBus, broker: Broker
) -> None:
    received = Received[Claim | Failed]()
    sent = claim(99)

    async with bus.subscribe(REPORT_QUEUE, ignore):
        await bus.until_connected()
    await bus.publish(sent)
    await broker.stop()
    await broker.start()
    async with bus.subscribe(REPORT_QUEUE, received):
        await until(lambda: sent in received.messages, within=RETURNS)


@pytest.mark.slow
async def test_nothing_confirmed_is_lost_when_the_broker_is_killed(
    bus: AmqpBus, broker: Broker
) -> None:
    handled: set[int] = set()
    confirmed: set[int] = set()

    async def handle(message: Claim | Failed) -> None:
        handled.update(numbers([message]))

    async def publish(number: int) -> None:
        await publish_at_last(bus, claim(number))
        confirmed.add(number)

    # RabbitMQ 3.10 may not find a queue again that it declared seconds before it was killed.
    async with bus.subscribe(REPORT_QUEUE, ignore):
        await bus.until_connected()
    await broker.stop()
    await broker.start()

    async with bus.subscribe(REPORT_QUEUE, handle, prefetch=10), asyncio.TaskGroup() as tasks:
        for number in range(1000, 1000 + BEFORE + AFTER):
            tasks.create_task(publish(number))
        await until(lambda: len(confirmed) >= BEFORE // 2, within=RETURNS)
        await broker.kill()
        await broker.start()
        await until(lambda: len(confirmed) == BEFORE + AFTER, within=RETURNS)
        await until(lambda: confirmed <= handled, within=RETURNS)


async def test_a_broker_that_lost_its_volume_gets_its_queues_again(
    bus: AmqpBus, broker: Broker
) -> None:
    received, subscribed = Received[Claim | Failed](), Counter()

    async with (
        bus.subscribe(control_queue("g"), ignore, on_subscribed=subscribed),
        bus.subscribe(REPORT_QUEUE, received),
    ):
        await bus.until_connected()
        await broker.wipe()
        await broker.start()
        await publish_at_last(bus, claim(7))
        await until(lambda: 7 in numbers(received.messages))

    assert subscribed.calls == 2


async def test_a_queue_that_somebody_deletes_is_declared_again(
    bus: AmqpBus, broker: Broker
) -> None:
    received = Received[Generate]()

    async with bus.subscribe(work_queue("g"), received):
        await bus.until_connected()
        async with aiormq.connect(broker.url) as somebody:
            channel = await somebody.channel()
            await channel.queue_delete("generate.g")
        await until(lambda: not bus.is_connected)
        async with asyncio.timeout(RETURNS):
            await bus.until_connected()
        await bus.publish(generate(7, worker_id="g"))
        await received.until(1)


async def test_a_channel_that_the_broker_closes_is_opened_again(
    bus: AmqpBus, broker: Broker
) -> None:
    received = Received[Claim | Failed]()

    async with bus.subscribe(REPORT_QUEUE, received):
        await bus.until_connected()
        async with aiormq.connect(broker.url) as somebody:
            channel = await somebody.channel()
            await channel.exchange_delete("darkroom.control")
        await bus.cast(go())  # to an exchange that is not there
        await until(lambda: not bus.is_connected)
        async with asyncio.timeout(RETURNS):
            await bus.until_connected()
        await bus.publish(go())
        await bus.publish(claim())
        await received.until(1)


async def publish_at_last(bus: AmqpBus, message: Claim) -> None:
    """As every publisher of ours does: again, until it is confirmed."""

    async def published() -> bool:
        await bus.until_connected()
        try:
            await bus.publish(message)
        except (BrokerUnavailable, Unroutable):
            return False
        return True

    await until(published, within=RETURNS)
