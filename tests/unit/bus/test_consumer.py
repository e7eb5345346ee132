"""What becomes of a delivery, without a broker."""

import asyncio
from dataclasses import dataclass, field

import pytest

from shared.bus.base import DeadLetter
from shared.bus.consumer import AfterBug, Consumer
from shared.bus.timing import Timing
from shared.errors import Refused, Unavailable
from shared.messages import MalformedMessage
from tests.infrastructure.waiting import until

QUICK = Timing(pauses=(0.001,))
PATIENT = Timing(pauses=(600,))


@dataclass
class Handed:
    """A delivery that notes what was answered."""

    body: bytes = b"fine"
    redeliveries: int = 0
    is_lost: bool = False
    answers: list[str] = field(default_factory=list)

    def as_dead_letter(self) -> DeadLetter:
        return DeadLetter("reports", "rejected", self.body)

    async def done(self) -> None:
        self.answers.append("done")

    async def bury(self) -> None:
        self.answers.append("bury")

    async def give_back(self) -> None:
        self.answers.append("give_back")

    async def give_back_failed(self) -> None:
        self.answers.append("give_back_failed")


def read(delivery: object) -> bytes:
    assert isinstance(delivery, Handed)
    if delivery.body == b"torn":
        raise MalformedMessage("torn")
    return delivery.body


@dataclass
class Raising:
    errors: list[BaseException]
    calls: int = 0

    async def __call__(self, _message: bytes) -> None:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)


def consumer_of(
    handle: Raising, *, after_bug: AfterBug = AfterBug.REDELIVERED, timing: Timing = QUICK
) -> Consumer[bytes]:
    return Consumer("reports", read, handle, at_once=1, after_bug=after_bug, timing=timing)


@pytest.mark.parametrize(
    ("error", "after_bug", "answer"),
    [
        (None, AfterBug.REDELIVERED, "done"),
        (Unavailable("away"), AfterBug.REDELIVERED, "done"),
        (Refused("no"), AfterBug.REDELIVERED, "bury"),
        (Refused("no"), AfterBug.DROPPED, "bury"),
        (Refused("no"), AfterBug.KEPT, "done"),
        (ZeroDivisionError(), AfterBug.REDELIVERED, "give_back_failed"),
        (ZeroDivisionError(), AfterBug.DROPPED, "bury"),
        (ZeroDivisionError(), AfterBug.KEPT, "done"),
        (asyncio.CancelledError(), AfterBug.REDELIVERED, "give_back_failed"),
    ],
)
async def test_each_outcome_has_its_answer(
    error: BaseException | None, after_bug: AfterBug, answer: str
) -> None:
    delivery = Handed()
    consumer = consumer_of(Raising([error] if error else []), after_bug=after_bug)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        consumer.take(delivery)
        await until(lambda: delivery.answers)
        await consumer.finish()

    assert delivery.answers == [answer]


async def test_what_cannot_be_read_is_buried_unseen() -> None:
    handle, delivery = Raising([]), Handed(body=b"torn")
    consumer = consumer_of(handle)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        consumer.take(delivery)
        await until(lambda: delivery.answers)
        await consumer.finish()

    assert (handle.calls, delivery.answers) == (0, ["bury"])


async def test_what_was_lost_before_its_turn_is_not_handled() -> None:
    handle, lost, good = Raising([]), Handed(is_lost=True), Handed()
    consumer = consumer_of(handle)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        consumer.take(lost)
        consumer.take(good)
        await until(lambda: good.answers)
        await consumer.finish()

    assert (handle.calls, lost.answers) == (1, [])


async def test_what_nobody_began_to_handle_is_given_back_on_leaving() -> None:
    handle, deliveries = Raising([Unavailable("away")]), [Handed(), Handed(), Handed()]
    consumer = consumer_of(handle, timing=PATIENT)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        for delivery in deliveries:
            consumer.take(delivery)
        await until(lambda: handle.calls)
        await consumer.finish()

    assert handle.calls == 1
    assert [delivery.answers for delivery in deliveries] == [["give_back"]] * 3


@pytest.mark.parametrize(
    ("error", "answer"),
    [(Unavailable("away"), "give_back"), (ZeroDivisionError(), "give_back_failed")],
)
async def test_leaving_ends_every_pause(error: Exception, answer: str) -> None:
    handle, delivery = Raising([error]), Handed()
    consumer = consumer_of(handle, timing=PATIENT)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        consumer.take(delivery)
        await until(lambda: handle.calls)
        async with asyncio.timeout(5):
            await consumer.finish()

    assert (handle.calls, delivery.answers) == (1, [answer])


async def test_a_lost_link_ends_the_pause_and_the_next_link_waits_again() -> None:
    handle, delivery = Raising([Unavailable("away")] * 2), Handed()
    next_one = Handed()
    consumer = consumer_of(handle, timing=PATIENT)

    async with asyncio.TaskGroup() as tasks:
        consumer.begin(tasks)
        consumer.take(delivery)
        await until(lambda: handle.calls == 1)
        delivery.is_lost = True
        consumer.disturb()
        consumer.resume()
        consumer.take(next_one)
        await until(lambda: handle.calls == 2)
        assert next_one.answers == []
        await consumer.finish()

    assert handle.calls == 2
    assert next_one.answers == ["give_back"]
