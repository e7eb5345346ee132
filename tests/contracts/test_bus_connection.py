"""What either bus promises of subscribing, and of queues that only one may hold."""

import asyncio

import pytest

from shared.bus.base import (
    HEARTBEAT_QUEUE,
    REPORT_QUEUE,
    BrokerUnavailable,
    Bus,
    Unroutable,
    control_queue,
    live_queue,
    work_queue,
)
from shared.errors import Unavailable
from shared.messages import Claim, Control, Failed
from tests.contracts.bus_parts import (
    Counter,
    NewBus,
    Noting,
    Received,
    claim,
    go,
    ignore,
    numbers,
)
from tests.infrastructure.waiting import until


async def test_either_is_a_bus_and_says_when_it_is_connected(new_bus: NewBus) -> None:
    async with new_bus() as made:
        bus: Bus = made
        async with asyncio.timeout(10):
            await bus.until_connected()
        assert bus.is_connected
    assert not bus.is_connected


async def test_who_subscribed_is_told_before_the_first_message(new_bus: NewBus) -> None:
    seen: list[str] = []

    async def handle(_message: object) -> None:
        seen.append("message")

    async def on_subscribed() -> None:
        await asyncio.sleep(0)
        seen.append("subscribed")

    async with new_bus() as bus:
        async with bus.subscribe(REPORT_QUEUE, ignore):
            pass
        await bus.publish(claim())
        async with bus.subscribe(REPORT_QUEUE, handle, on_subscribed=on_subscribed):
            await until(lambda: len(seen) == 2)

    assert seen == ["subscribed", "message"]


async def test_who_is_told_may_publish_and_its_queue_is_there(new_bus: NewBus) -> None:
    received = Received[Control]()

    async with new_bus() as bus:

        async def on_subscribed() -> None:
            await bus.publish(go())

        async with bus.subscribe(control_queue("gpu-1"), received, on_subscribed=on_subscribed):
            await received.until(1)


@pytest.mark.parametrize("error", [Unavailable("away"), ZeroDivisionError()])
async def test_who_could_not_be_told_is_told_again_before_any_message(
    new_bus: NewBus, error: Exception
) -> None:
    received, errors = Received[Claim | Failed](), [error] * 3
    at_first_message: list[int] = []

    async def on_subscribed() -> None:
        if errors:
            raise errors.pop()

    async def handle(message: Claim | Failed) -> None:
        at_first_message.append(len(errors))
        await received(message)

    async with (
        new_bus() as bus,
        bus.subscribe(REPORT_QUEUE, handle, on_subscribed=on_subscribed),
    ):
        await bus.publish(claim())
        await received.until(1)

    assert at_first_message == [0]


async def test_subscriptions_are_made_in_the_order_of_the_calls(new_bus: NewBus) -> None:
    order: list[str] = []

    def noting(name: str) -> "Noting":
        return Noting(name, order)

    async with (
        new_bus() as bus,
        bus.subscribe(control_queue("g"), ignore, on_subscribed=noting("control")),
        bus.subscribe(work_queue("g"), ignore, on_subscribed=noting("work")),
        bus.subscribe(REPORT_QUEUE, ignore, on_subscribed=noting("reports")),
        bus.subscribe(HEARTBEAT_QUEUE, ignore, on_subscribed=noting("heartbeats")),
    ):
        await bus.until_connected()

    assert order == ["control", "work", "reports", "heartbeats"]


async def test_after_leaving_nothing_is_delivered(new_bus: NewBus) -> None:
    received = Received[Claim | Failed]()

    async with new_bus() as bus:
        async with bus.subscribe(REPORT_QUEUE, received):
            await bus.publish(claim(1))
            await received.until(1)
        await bus.publish(claim(2))
        async with bus.subscribe(HEARTBEAT_QUEUE, ignore):
            await bus.until_connected()

    assert len(received.messages) == 1


async def test_an_exclusive_queue_forgets_what_came_before(new_bus: NewBus) -> None:
    received = Received[Control]()

    async with new_bus() as bus:
        async with bus.subscribe(control_queue("gpu-1"), ignore):
            pass
        await bus.cast(go(1))
        await bus.publish(go(2))
        async with bus.subscribe(control_queue("gpu-1"), received):
            await bus.publish(go(3))
            await received.until(1)

    assert numbers(received.messages) == [3]


async def test_one_bus_holds_an_exclusive_queue_once(new_bus: NewBus) -> None:
    async with new_bus() as bus, bus.subscribe(control_queue("gpu-1"), ignore):
        with pytest.raises(ValueError, match="already"):
            async with bus.subscribe(control_queue("gpu-1"), ignore):
                pass


async def test_who_finds_its_queue_held_is_told_again_and_again_and_says_nothing(
    new_bus: NewBus,
) -> None:
    locked, subscribed, reports = Counter(), Counter(), Received[Claim | Failed]()

    async with (
        new_bus() as holder,
        new_bus() as second,
        holder.subscribe(control_queue("gpu-1"), ignore),
        holder.subscribe(REPORT_QUEUE, reports),
        second.subscribe(
            control_queue("gpu-1"), ignore, on_subscribed=subscribed, on_locked=locked
        ),
    ):
        await until(lambda: locked.calls >= 1)
        while locked.calls < 4:  # over several of its attempts
            with pytest.raises(BrokerUnavailable):
                await second.publish(claim())
            await second.cast(go())
            assert not second.is_connected
        assert subscribed.calls == 0

    assert reports.messages == []


async def test_when_the_holder_is_gone_the_second_takes_its_place(new_bus: NewBus) -> None:
    locked, received = Counter(), Received[Control]()

    async with new_bus() as second, new_bus() as sender:
        async with new_bus() as holder, holder.subscribe(control_queue("gpu-1"), ignore):
            waiting = second.subscribe(control_queue("gpu-1"), received, on_locked=locked)
            await waiting.__aenter__()
            await until(lambda: locked.calls >= 1)
        async with asyncio.timeout(10):
            await second.until_connected()
        await sender.publish(go(5))
        await received.until(1)
        await waiting.__aexit__(None, None, None)

    assert numbers(received.messages) == [5]


async def test_leaving_the_subscription_is_enough_to_let_go_of_the_queue(
    new_bus: NewBus,
) -> None:
    async with new_bus() as holder, new_bus() as second:
        async with holder.subscribe(control_queue("gpu-1"), ignore):
            pass
        async with second.subscribe(control_queue("gpu-1"), ignore):
            async with asyncio.timeout(10):
                await second.until_connected()
            assert holder.is_connected


async def test_while_locked_a_bus_does_not_consume_its_other_queues(new_bus: NewBus) -> None:
    locked, theirs = Counter(), Received[object]()

    async with (
        new_bus() as holder,
        new_bus() as second,
        second.subscribe(work_queue("gpu-1"), theirs),
    ):
        await second.until_connected()
        async with (
            holder.subscribe(control_queue("gpu-1"), ignore),
            second.subscribe(control_queue("gpu-1"), ignore, on_locked=locked),
        ):
            await until(lambda: locked.calls >= 2)
            async with holder.subscribe(REPORT_QUEUE, ignore):
                with pytest.raises(BrokerUnavailable):
                    await second.publish(claim())
        async with asyncio.timeout(10):
            await second.until_connected()


async def test_who_cannot_get_its_queue_can_leave_at_once(new_bus: NewBus) -> None:
    locked = Counter()

    async with (
        new_bus() as holder,
        holder.subscribe(control_queue("gpu-1"), ignore),
        asyncio.timeout(10),
        new_bus() as second,
        second.subscribe(control_queue("gpu-1"), ignore, on_locked=locked),
    ):
        await until(lambda: locked.calls >= 1)


async def test_a_bus_that_was_left_publishes_nothing(new_bus: NewBus) -> None:
    async with new_bus() as bus, bus.subscribe(live_queue(), ignore):
        await bus.until_connected()

    assert not bus.is_connected
    with pytest.raises((BrokerUnavailable, Unroutable)):
        await bus.publish(claim())
    await bus.cast(go())
