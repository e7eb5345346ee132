"""What waits together is done together, and nobody pays for another."""

import asyncio
from collections.abc import Sequence

import pytest

from services.dispatcher.together import Together
from shared.errors import Unavailable


class Doubling:
    """Waits to be let go; what it was asked is noted."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.go_on = asyncio.Event()
        self.outage = False

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.calls.append(list(numbers))
        await self.go_on.wait()
        if self.outage:
            raise Unavailable("away")
        if -1 in numbers:
            raise ValueError("poison")
        return [2 * number for number in numbers]


async def asked(together: Together[int, int], *numbers: int) -> list["asyncio.Task[int]"]:
    tasks = [asyncio.create_task(together(number)) for number in numbers]
    await asyncio.sleep(0)
    return tasks


async def test_one_waits_for_nobody_and_those_that_come_meanwhile_share_the_next() -> None:
    act = Doubling()
    together = Together(act, most=64)

    tasks = await asked(together, 1)
    tasks += await asked(together, 2, 3)
    act.go_on.set()

    assert await asyncio.gather(*tasks) == [2, 4, 6]
    assert act.calls == [[1], [2, 3]]


async def test_a_batch_has_an_end() -> None:
    act = Doubling()
    together = Together(act, most=2)

    tasks = await asked(together, 0) + await asked(together, 1, 2, 3)
    act.go_on.set()

    assert await asyncio.gather(*tasks) == [0, 2, 4, 6]
    assert act.calls == [[0], [1, 2], [3]]


async def test_one_that_fails_takes_no_others_with_it() -> None:
    act = Doubling()
    together = Together(act, most=64)

    tasks = await asked(together, 1) + await asked(together, 2, -1, 3)
    act.go_on.set()

    one, two, poison, three = await asyncio.gather(*tasks, return_exceptions=True)
    assert (one, two, three) == (2, 4, 6)
    assert isinstance(poison, ValueError)
    assert act.calls == [[1], [2, -1, 3], [2], [-1], [3]]


async def test_an_outage_is_everybodys_and_tried_once() -> None:
    act = Doubling()
    act.outage = True
    together = Together(act, most=64)

    tasks = await asked(together, 1) + await asked(together, 2, 3)
    act.go_on.set()

    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert act.calls == [[1], [2, 3]]


async def test_whoever_did_it_for_all_may_be_cancelled() -> None:
    act = Doubling()
    together = Together(act, most=64)
    first = await asked(together, 1)
    leader, follower = await asked(together, 2, 3)
    first_may_go, act.go_on = act.go_on, asyncio.Event()
    first_may_go.set()
    while len(act.calls) < 2:
        await asyncio.sleep(0)

    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    act.go_on.set()

    assert (await first[0], await follower) == (2, 6)
    assert act.calls == [[1], [2, 3], [3]]


async def test_who_was_cancelled_while_waiting_is_not_done() -> None:
    act = Doubling()
    together = Together(act, most=64)
    first = await asked(together, 1)
    gone, follower = await asked(together, 2, 3)

    gone.cancel()
    await asyncio.wait({gone})
    act.go_on.set()

    assert (await first[0], await follower) == (2, 6)
    assert act.calls == [[1], [3]]
