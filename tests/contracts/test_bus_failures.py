"""What either bus does with a message that its handler could not handle."""

import asyncio

import pytest
from structlog.testing import capture_logs

from shared.bus.base import DELIVERY_LIMIT, REPORT_QUEUE, DeadLetter, control_queue
from shared.errors import Refused, Unavailable
from shared.messages import Claim, Control, Failed
from shared.messages.base import encode
from tests.contracts.bus_parts import (
    NARROW,
    PATIENT,
    Busy,
    Failing,
    NewBus,
    Received,
    claim,
    go,
    ignore,
    numbers,
)


class Bug(Exception):
    pass


async def test_in_an_outage_the_same_message_comes_again_and_is_not_counted(
    new_bus: NewBus,
) -> None:
    outage: list[BaseException] = [Unavailable("away") for _ in range(3 * DELIVERY_LIMIT)]
    handler, dead = Failing[Claim | Failed](errors=outage), Received[DeadLetter]()
    first, second = claim(1), claim(2)

    async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler), bus.subscribe_dead(dead):
        await bus.publish(first)
        await bus.publish(second)
        await handler.until(3 * DELIVERY_LIMIT + 2)

    assert handler.messages == [first] * (3 * DELIVERY_LIMIT + 1) + [second]
    assert dead.messages == []


async def test_an_outage_is_logged_once(new_bus: NewBus) -> None:
    handler = Failing[Claim | Failed](errors=[Unavailable("away") for _ in range(5)])

    with capture_logs() as logs:
        async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler):
            await bus.publish(claim())
            await handler.until(6)

    assert [line["event"] for line in logs].count("handler.postponed") == 1


async def test_in_an_outage_no_other_message_is_taken(new_bus: NewBus) -> None:
    handler = Failing[Claim | Failed](errors=[Unavailable("away")])
    other = Received[Claim | Failed]()
    first, second = claim(1), claim(2)

    async with (
        new_bus(PATIENT) as bus,
        new_bus() as elsewhere,
        bus.subscribe(REPORT_QUEUE, handler),
    ):
        await bus.publish(first)
        await handler.until(1)
        async with elsewhere.subscribe(REPORT_QUEUE, other):
            await bus.publish(second)
            await other.until(1)
        assert handler.messages == [first]
        assert other.messages == [second]


async def test_leaving_during_an_outage_gives_the_message_back(new_bus: NewBus) -> None:
    handler = Failing[Claim | Failed](errors=[Unavailable("away")])
    next_one = Received[Claim | Failed]()
    sent = claim()

    async with new_bus(PATIENT) as bus:
        async with bus.subscribe(REPORT_QUEUE, handler):
            await bus.publish(sent)
            await handler.until(1)
        async with bus.subscribe(REPORT_QUEUE, next_one):
            await next_one.until(1)

    assert next_one.messages == [sent]


@pytest.mark.parametrize("bug", [Bug("no"), asyncio.CancelledError("of something else")])
async def test_after_a_bug_a_message_is_delivered_again(
    new_bus: NewBus, bug: BaseException
) -> None:
    handler = Failing[Claim | Failed](errors=[bug])
    sent = [claim(1), claim(2)]

    with capture_logs() as logs:
        async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler):
            for message in sent:
                await bus.publish(message)
            await handler.until(3)

    assert handler.messages == [sent[0], *sent]
    (crash,) = (line for line in logs if line["event"] == "handler.crashed")
    assert crash["exc_info"] is bug


async def test_a_message_that_always_meets_a_bug_is_dead_after_the_limit(
    new_bus: NewBus,
) -> None:
    bugs: list[BaseException] = [Bug("no") for _ in range(DELIVERY_LIMIT + 1)]
    handler, dead = Failing[Claim | Failed](errors=bugs), Received[DeadLetter]()
    poison, good = claim(1), claim(2)

    async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler), bus.subscribe_dead(dead):
        await bus.publish(poison)
        await bus.publish(good)
        await handler.until(DELIVERY_LIMIT + 2)
        await dead.until(1)

    assert handler.messages == [poison] * (DELIVERY_LIMIT + 1) + [good]
    assert dead.messages == [DeadLetter("reports", "delivery_limit", encode(poison))]


async def test_what_is_refused_is_dead_at_once(new_bus: NewBus) -> None:
    handler, dead = Failing[Claim | Failed](errors=[Refused("no")]), Received[DeadLetter]()
    refused, good = claim(1), claim(2)

    async with (
        new_bus(PATIENT) as bus,
        bus.subscribe(REPORT_QUEUE, handler),
        bus.subscribe_dead(dead),
    ):
        await bus.publish(refused)
        await bus.publish(good)
        await handler.until(2)
        await dead.until(1)

    assert handler.messages == [refused, good]
    assert dead.messages == [DeadLetter("reports", "rejected", encode(refused))]


async def test_what_cannot_be_understood_is_dead_at_once_and_never_quoted(
    new_bus: NewBus,
) -> None:
    handler, dead = Received[object](), Received[DeadLetter]()
    secret = claim().model_copy(update={"worker_id": "do-not-log-me"})

    with capture_logs() as logs:
        async with (
            new_bus(PATIENT) as bus,
            bus.subscribe(NARROW, handler),
            bus.subscribe_dead(dead),
        ):
            await bus.publish(secret)
            await dead.until(1)

    assert handler.messages == []
    assert dead.messages == [DeadLetter("narrow", "rejected", encode(secret))]
    assert "message.malformed" in [line["event"] for line in logs]
    assert "do-not-log-me" not in str(logs)


async def test_a_queue_without_dead_letters_drops_what_cannot_be_handled(
    new_bus: NewBus,
) -> None:
    handler = Failing[Control](errors=[Bug("no"), Refused("no")])
    sent = [go(number) for number in range(3)]

    async with (
        new_bus(PATIENT) as bus,
        bus.subscribe(control_queue("gpu-1"), handler, prefetch=None),
    ):
        for message in sent:
            await bus.cast(message)
        await handler.until(3)

    assert handler.messages == sent


async def test_dead_letters_wait_for_who_collects_them(new_bus: NewBus) -> None:
    handler, dead = Failing[Claim | Failed](errors=[Refused("no")]), Received[DeadLetter]()

    async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler):
        await bus.publish(claim())
        await handler.until(1)
    async with new_bus() as bus, bus.subscribe_dead(dead):
        await dead.until(1)

    assert dead.messages[0].queue == "reports"


@pytest.mark.parametrize("error", [Unavailable("away"), Bug("no"), Refused("no")])
async def test_a_dead_letter_is_handed_in_until_somebody_has_it(
    new_bus: NewBus, error: Exception
) -> None:
    handler = Failing[Claim | Failed](errors=[Refused("no")])
    dead = Failing[DeadLetter](errors=[error] * 2)

    async with new_bus() as bus, bus.subscribe(REPORT_QUEUE, handler), bus.subscribe_dead(dead):
        await bus.publish(claim())
        await dead.until(3)

    assert len(set(dead.messages)) == 1


async def test_leaving_waits_for_the_handler_and_loses_nothing(new_bus: NewBus) -> None:
    busy, next_one = Busy[Claim | Failed](), Received[Claim | Failed]()
    sent = [claim(number) for number in range(5)]

    async with new_bus() as bus, new_bus() as watcher:
        left = asyncio.Event()

        async def work() -> None:
            async with bus.subscribe(REPORT_QUEUE, busy, prefetch=2):
                await busy.until(2)
            left.set()

        async with watcher.subscribe(REPORT_QUEUE, ignore):
            pass
        for message in sent:
            await bus.publish(message)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work())
            await busy.until(2)
            async with watcher.subscribe(REPORT_QUEUE, next_one):
                await next_one.until(3)
            assert not left.is_set()
            busy.released.set()
        async with watcher.subscribe(REPORT_QUEUE, next_one):
            await watcher.until_connected()

    assert busy.messages == sent[:2]
    assert next_one.messages == sent[2:]


async def test_a_cancelled_subscriber_still_finishes_its_message(new_bus: NewBus) -> None:
    busy, next_one = Busy[Claim | Failed](), Received[Claim | Failed]()

    async with new_bus() as bus:

        async def work() -> None:
            async with bus.subscribe(REPORT_QUEUE, busy):
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        async with new_bus() as other, other.subscribe(REPORT_QUEUE, ignore):
            pass
        await bus.publish(claim(1))
        await busy.until(1)
        task.cancel()
        busy.released.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await bus.publish(claim(2))
        async with bus.subscribe(REPORT_QUEUE, next_one):
            await next_one.until(1)

    assert numbers(next_one.messages) == [2]
