"""What either bus promises of messages that nobody has trouble with."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from shared.bus.base import (
    HEARTBEAT_QUEUE,
    OUTPUT_QUEUE,
    REPORT_QUEUE,
    REPORTS,
    Queue,
    Unroutable,
    control_queue,
    live_queue,
    work_queue,
)
from shared.bus.linked import LinkedBus
from shared.jobs import FailureCode
from shared.messages import (
    Claim,
    ContentDeleted,
    Control,
    Event,
    Failed,
    Generate,
    Heartbeat,
    Progress,
)
from tests.contracts.bus_parts import (
    Busy,
    NewBus,
    Received,
    claim,
    generate,
    go,
    heartbeat,
    ignore,
    numbers,
    progress,
)
from tests.infrastructure.waiting import until


@pytest.fixture
async def bus(new_bus: NewBus) -> AsyncIterator[LinkedBus]:
    async with new_bus() as bus:
        yield bus


async def test_a_message_arrives_as_what_it_was(bus: LinkedBus) -> None:
    received = Received[Claim | Failed]()
    failed = Failed(
        worker_id=None, job_id=claim().job_id, attempt=3, code=FailureCode.LOST, message="weg – ø"
    )
    sent = claim().model_copy(update={"trace_id": "abc"})

    async with bus.subscribe(REPORT_QUEUE, received):
        await bus.publish(sent)
        await bus.publish(failed)
        await received.until(2)

    assert received.messages == [sent, failed]


async def test_what_one_handler_does_to_a_message_no_other_sees(bus: LinkedBus) -> None:
    first, second = Received[Event | Progress](), Received[Generate]()
    sent = generate()

    async with bus.subscribe(work_queue("gpu-1"), second):
        await bus.publish(sent)
        (arrived,) = await second.until(1)
        arrived.params["steps"] = 1

    assert sent.params == {"steps": 20}
    assert first.messages == []


async def test_messages_to_one_queue_keep_their_order(bus: LinkedBus) -> None:
    one_by_one, all_at_once = Received[Claim | Failed](), Received[Control]()

    async with (
        bus.subscribe(REPORT_QUEUE, one_by_one),
        bus.subscribe(control_queue("gpu-1"), all_at_once, prefetch=None),
    ):
        for number in range(50):
            await bus.publish(claim(number))
            await bus.cast(go(number))
        await one_by_one.until(50)
        await all_at_once.until(50)

    assert numbers(one_by_one.messages) == list(range(50))
    assert numbers(all_at_once.messages) == list(range(50))


async def test_many_messages_may_be_on_their_way_at_once(bus: LinkedBus) -> None:
    received = Received[Claim | Failed]()

    async with bus.subscribe(REPORT_QUEUE, received, prefetch=20):
        await asyncio.gather(*(bus.publish(claim(number)) for number in range(300)))
        await received.until(300)

    assert sorted(message.attempt for message in received.messages) == list(range(300))


async def test_a_durable_queue_keeps_what_comes_while_nobody_listens(new_bus: NewBus) -> None:
    received = Received[Claim | Failed]()

    async with new_bus() as earlier:
        async with earlier.subscribe(REPORT_QUEUE, ignore):
            pass
        await earlier.publish(claim(1))
    async with new_bus() as later, later.subscribe(REPORT_QUEUE, received):
        await later.publish(claim(2))
        await received.until(2)

    assert numbers(received.messages) == [1, 2]


async def test_what_must_arrive_is_unroutable_where_no_queue_takes_it(bus: LinkedBus) -> None:
    async with bus.subscribe(work_queue("gpu-1"), ignore):
        with pytest.raises(Unroutable):
            await bus.publish(generate(worker_id="gpu-2"))
        with pytest.raises(Unroutable):
            await bus.publish(claim())

        await bus.publish(generate(worker_id="gpu-1"))


async def test_other_messages_without_a_queue_are_silently_gone(bus: LinkedBus) -> None:
    deleted = ContentDeleted(user_id=generate().user_id, content_id=1, version=2)

    await bus.publish(deleted)
    await bus.publish(go())
    await bus.cast(go())
    await bus.cast(heartbeat())


async def test_each_worker_gets_its_own_work(bus: LinkedBus) -> None:
    first, second = Received[Generate](), Received[Generate]()

    async with (
        bus.subscribe(work_queue("gpu-1"), first, prefetch=None),
        bus.subscribe(work_queue("gpu-2"), second, prefetch=None),
    ):
        await bus.publish(generate(1, worker_id="gpu-1"))
        await bus.publish(generate(2, worker_id="gpu-2"))
        await first.until(1)
        await second.until(1)

    assert (numbers(first.messages), numbers(second.messages)) == ([1], [2])


async def test_a_live_queue_hears_every_event_and_all_progress(new_bus: NewBus) -> None:
    received = [Received[Event | Progress](), Received[Event | Progress]()]
    deleted = ContentDeleted(user_id=generate().user_id, content_id=1, version=2)
    step = progress(0.5)

    async with (
        new_bus() as one,
        new_bus() as other,
        one.subscribe(live_queue(), received[0], prefetch=None),
        other.subscribe(live_queue(), received[1], prefetch=None),
    ):
        await one.publish(deleted)
        await received[0].until(1)
        await other.cast(step)
        for each in received:
            await each.until(2)

    assert all(each.messages == [deleted, step] for each in received)


async def test_consumers_of_one_queue_share_its_messages(new_bus: NewBus) -> None:
    busy, free = Busy[Claim | Failed](), Received[Claim | Failed]()

    async with new_bus() as one, new_bus() as other, one.subscribe(REPORT_QUEUE, busy):
        await one.publish(claim(0))
        await busy.until(1)
        async with other.subscribe(REPORT_QUEUE, free):
            for number in range(1, 5):
                await one.publish(claim(number))
            await free.until(4)
        busy.released.set()

    assert numbers(busy.messages) == [0]
    assert numbers(free.messages) == [1, 2, 3, 4]


async def test_a_work_queue_has_one_active_consumer(new_bus: NewBus) -> None:
    first, second = Received[Generate](), Received[Generate]()

    async with new_bus() as one, new_bus() as other:
        async with other.subscribe(work_queue("gpu-1"), ignore):
            pass
        async with one.subscribe(work_queue("gpu-1"), first):
            await one.until_connected()
            async with other.subscribe(work_queue("gpu-1"), second):
                await other.until_connected()
                for number in range(4):
                    await one.publish(generate(number))
                await first.until(4)
                assert second.messages == []


@pytest.mark.parametrize(("prefetch", "most"), [(1, 1), (3, 3), (None, 1)])
async def test_no_more_are_handled_at_a_time_than_was_said(
    bus: LinkedBus, prefetch: int | None, most: int
) -> None:
    busy = Busy[Claim | Failed]()

    async with bus.subscribe(REPORT_QUEUE, busy, prefetch=prefetch):
        for number in range(6):
            await bus.publish(claim(number))
        await busy.until(most)
        await bus.publish(claim(6))  # as long as a seventh would have taken
        assert busy.running == most
        busy.released.set()
        await busy.until(7)

    assert busy.most == most


async def test_messages_with_a_short_life_are_gone_after_it(bus: LinkedBus) -> None:
    short: Queue[Heartbeat] = Queue(
        "short",
        {"heartbeat": Heartbeat},
        ((REPORTS, "heartbeat"),),
        message_life=timedelta(seconds=0.2),
    )
    received = Received[Heartbeat]()
    async with bus.subscribe(short, ignore):
        pass

    await bus.publish(heartbeat(1))
    end = asyncio.get_running_loop().time() + 0.4
    await until(lambda: asyncio.get_running_loop().time() > end)
    await bus.publish(heartbeat(2))

    async with bus.subscribe(short, received):
        await received.until(1)
    assert [message.seq for message in received.messages] == [2]


async def test_every_queue_of_ours_can_be_declared_again_and_again(new_bus: NewBus) -> None:
    for _ in range(2):
        async with (
            new_bus() as bus,
            bus.subscribe(control_queue("gpu-1"), ignore),
            bus.subscribe(work_queue("gpu-1"), ignore),
            bus.subscribe(REPORT_QUEUE, ignore),
            bus.subscribe(OUTPUT_QUEUE, ignore),
            bus.subscribe(HEARTBEAT_QUEUE, ignore),
            bus.subscribe(live_queue(), ignore),
            bus.subscribe_dead(ignore),
        ):
            async with asyncio.timeout(10):
                await bus.until_connected()
            assert bus.is_connected
