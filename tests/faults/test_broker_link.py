"""The way to RabbitMQ is cut or freezes; RabbitMQ itself is well."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from shared.bus.amqp import AmqpBus
from shared.bus.base import (
    HEARTBEAT_QUEUE,
    REPORT_QUEUE,
    BrokerUnavailable,
    control_queue,
    work_queue,
)
from shared.errors import Unavailable
from shared.messages import Claim, Failed
from tests.contracts.bus_parts import (
    PATIENT,
    QUICK,
    Busy,
    Counter,
    Failing,
    Noting,
    Received,
    claim,
    heartbeat,
    ignore,
    numbers,
)
from tests.infrastructure.broker import Broker, VirtualHosts
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until

NOTICES = 30  # seconds: three heartbeats, on a machine with other things to do
SLOW_HEARTBEAT = replace(QUICK, heartbeat=60)


@dataclass(frozen=True)
class Ways:
    direct: str
    through_wire: str


@pytest.fixture
async def ways(broker: Broker, wire: TcpProxy) -> AsyncIterator[Ways]:
    hosts = VirtualHosts(broker)
    url = await asyncio.to_thread(hosts.create)
    port = urlsplit(url).port
    yield Ways(direct=url, through_wire=url.replace(f":{port}/", f":{wire.port}/"))
    await asyncio.to_thread(hosts.delete, url)


@pytest.fixture
async def wire(broker: Broker) -> AsyncIterator[TcpProxy]:
    async with TcpProxy(urlsplit(broker.url).port or 0) as wire:
        yield wire


async def test_after_a_cut_all_is_subscribed_again_in_the_order_of_the_calls(
    ways: Ways, wire: TcpProxy
) -> None:
    order: list[str] = []
    received = Received[Claim | Failed]()

    def noting(name: str) -> "Noting":
        return Noting(name, order)

    async with (
        AmqpBus(ways.through_wire, name="test", timing=QUICK) as bus,
        bus.subscribe(control_queue("g"), ignore, on_subscribed=noting("control")),
        bus.subscribe(work_queue("g"), ignore, on_subscribed=noting("work")),
        bus.subscribe(REPORT_QUEUE, received, on_subscribed=noting("reports")),
    ):
        await bus.until_connected()
        await wire.cut()
        await until(lambda: not bus.is_connected)
        with pytest.raises(BrokerUnavailable):
            await bus.publish(claim(1))
        await bus.cast(heartbeat())
        await wire.heal()
        async with asyncio.timeout(NOTICES):
            await bus.until_connected()
        await bus.publish(claim(2))
        await received.until(1)

    assert order == ["control", "work", "reports"] * 2
    assert numbers(received.messages) == [2]


async def test_what_was_on_its_way_at_a_cut_is_unconfirmed_and_nobody_is_cancelled(
    ways: Ways, wire: TcpProxy
) -> None:
    async with (
        AmqpBus(ways.through_wire, name="test", timing=QUICK) as bus,
        bus.subscribe(REPORT_QUEUE, ignore),
    ):
        await bus.publish(claim())
        wire.freeze()
        sending = [asyncio.create_task(bus.publish(claim(number))) for number in range(100)]
        for _ in range(10):
            await asyncio.sleep(0)
        await wire.cut()
        async with asyncio.timeout(10):
            outcomes = await asyncio.gather(*sending, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {BrokerUnavailable}


async def test_a_cancelled_publisher_is_cancelled(ways: Ways, wire: TcpProxy) -> None:
    async with (
        AmqpBus(ways.through_wire, name="test", timing=QUICK) as bus,
        bus.subscribe(REPORT_QUEUE, ignore),
    ):
        wire.freeze()
        publishing = asyncio.create_task(bus.publish(claim()))
        for _ in range(10):
            await asyncio.sleep(0)
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing
        await wire.cut()


@pytest.mark.slow
async def test_a_frozen_link_is_noticed_and_replaced(ways: Ways, wire: TcpProxy) -> None:
    received, subscribed = Received[Claim | Failed](), Counter()

    async with (
        AmqpBus(ways.through_wire, name="test", timing=QUICK) as bus,
        bus.subscribe(REPORT_QUEUE, received, on_subscribed=subscribed),
    ):
        await bus.until_connected()
        wire.freeze()
        async with asyncio.timeout(NOTICES):
            while bus.is_connected:  # one of them is on its way when the link is given up
                with pytest.raises(BrokerUnavailable):
                    await bus.publish(claim(1))
        await wire.heal()
        async with asyncio.timeout(NOTICES):
            await bus.until_connected()
        await bus.publish(claim(2))
        await until(lambda: 2 in numbers(received.messages))

    assert subscribed.calls == 2


async def test_casting_into_a_frozen_link_holds_nobody_up(ways: Ways, wire: TcpProxy) -> None:
    async with (
        AmqpBus(ways.through_wire, name="test", timing=SLOW_HEARTBEAT) as bus,
        bus.subscribe(HEARTBEAT_QUEUE, ignore),
    ):
        wire.freeze()
        large = heartbeat().model_copy(update={"reason": "x" * 20_000})
        async with asyncio.timeout(10):
            for _ in range(3000):
                await bus.cast(large)
        await wire.cut()


async def test_a_frozen_link_holds_up_nobody_who_leaves(ways: Ways, wire: TcpProxy) -> None:
    async with asyncio.timeout(20):
        async with (
            AmqpBus(ways.through_wire, name="test", timing=SLOW_HEARTBEAT) as bus,
            bus.subscribe(control_queue("g"), ignore),
            bus.subscribe(work_queue("g"), ignore),
            bus.subscribe(REPORT_QUEUE, ignore),
            bus.subscribe_dead(ignore),
        ):
            await bus.until_connected()
            wire.freeze()
        await wire.cut()


async def test_nobody_to_connect_to_holds_up_nobody_who_leaves(wire: TcpProxy) -> None:
    await wire.cut()

    async with asyncio.timeout(10):
        async with (
            AmqpBus(f"amqp://g:g@127.0.0.1:{wire.port}/", name="test", timing=QUICK) as bus,
            bus.subscribe(REPORT_QUEUE, ignore),
        ):
            assert not bus.is_connected
            with pytest.raises(BrokerUnavailable):
                await bus.publish(claim())


async def test_a_message_whose_link_was_lost_goes_to_another_consumer(
    ways: Ways, wire: TcpProxy
) -> None:
    busy, other = Busy[Claim | Failed](), Received[Claim | Failed]()

    async with (
        AmqpBus(ways.through_wire, name="lost", timing=QUICK) as lost,
        AmqpBus(ways.direct, name="other", timing=QUICK) as bus,
        lost.subscribe(REPORT_QUEUE, busy),
    ):
        await lost.publish(claim(1))
        await busy.until(1)
        async with bus.subscribe(REPORT_QUEUE, other):
            await wire.cut()
            await other.until(1)
        busy.released.set()

    assert other.messages == busy.messages


async def test_a_handler_that_outlives_its_link_keeps_its_turn(ways: Ways, wire: TcpProxy) -> None:
    busy = Busy[Claim | Failed]()

    async with (
        AmqpBus(ways.through_wire, name="test", timing=QUICK) as bus,
        bus.subscribe(REPORT_QUEUE, busy),
    ):
        await bus.publish(claim(1))
        await busy.until(1)
        await wire.cut()
        await wire.heal()
        await until(lambda: not bus.is_connected)
        async with asyncio.timeout(NOTICES):
            await bus.until_connected()
        await bus.publish(claim(2))
        busy.released.set()
        await until(lambda: 2 in numbers(busy.messages))

    assert busy.most == 1
    assert numbers(busy.messages) == [1, 1, 2]  # at least once: it could not be acknowledged


async def test_an_outage_ends_with_the_link_and_the_message_comes_again(
    ways: Ways, wire: TcpProxy
) -> None:
    handler = Failing[Claim | Failed](errors=[Unavailable("away")])

    async with (
        AmqpBus(ways.through_wire, name="test", timing=PATIENT) as bus,
        bus.subscribe(REPORT_QUEUE, handler),
    ):
        await bus.publish(claim(1))
        await handler.until(1)
        await wire.cut()
        await wire.heal()
        await handler.until(2)

    assert numbers(handler.messages) == [1, 1]


async def test_who_waits_to_be_told_of_a_link_is_told_of_the_next_one_at_once(
    ways: Ways, wire: TcpProxy
) -> None:
    told, errors = Counter(), [Unavailable("away")]

    async def on_subscribed() -> None:
        await told()
        if errors:
            raise errors.pop()

    async with (
        AmqpBus(ways.through_wire, name="test", timing=PATIENT) as bus,
        bus.subscribe(REPORT_QUEUE, ignore, on_subscribed=on_subscribed),
    ):
        await until(lambda: told.calls == 1)
        await wire.cut()
        await wire.heal()
        async with asyncio.timeout(NOTICES):
            await bus.until_connected()

    assert told.calls == 2


async def test_the_control_queue_stays_locked_while_an_old_connection_lives(
    ways: Ways, wire: TcpProxy
) -> None:
    locked, subscribed = Counter(), Counter()

    async with (
        AmqpBus(ways.through_wire, name="old", timing=SLOW_HEARTBEAT) as old,
        old.subscribe(control_queue("gpu-1"), ignore),
    ):
        await old.until_connected()
        wire.freeze()  # whatever becomes of this process, the broker does not hear of it
        async with (
            AmqpBus(ways.direct, name="new", timing=QUICK) as new,
            new.subscribe(
                control_queue("gpu-1"), ignore, on_subscribed=subscribed, on_locked=locked
            ),
        ):
            await until(lambda: locked.calls >= 3)
            assert (subscribed.calls, new.is_connected) == (0, False)

            await wire.cut()
            async with asyncio.timeout(NOTICES):
                await new.until_connected()

    assert subscribed.calls == 1
