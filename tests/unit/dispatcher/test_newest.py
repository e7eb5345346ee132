"""A dispatcher that is behind applies one heartbeat a worker, not a backlog."""

import asyncio
from uuid import uuid4

import pytest

from services.dispatcher.newest import Newest
from shared.errors import Unavailable
from shared.messages import Heartbeat

INSTANCE = uuid4()


def beat(seq: int, *, worker_id: str = "gpu-1") -> Heartbeat:
    return Heartbeat(worker_id=worker_id, instance_id=INSTANCE, seq=seq, accepting=True, ahead=2)


async def test_those_overtaken_while_one_is_applied_are_never_applied() -> None:
    applied: list[int] = []
    go_on = asyncio.Event()

    async def apply(heartbeat: Heartbeat) -> None:
        applied.append(heartbeat.seq)
        await go_on.wait()

    newest = Newest(apply)
    tasks = [asyncio.create_task(newest(beat(seq))) for seq in range(1, 20)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*tasks)
    assert applied[0] in (1, 19)
    assert applied[-1] == 19
    assert len(applied) <= 2


async def test_workers_do_not_wait_for_each_other() -> None:
    applied: list[str] = []
    slow = asyncio.Event()

    async def apply(heartbeat: Heartbeat) -> None:
        if heartbeat.worker_id == "slow":
            await slow.wait()
        applied.append(heartbeat.worker_id)

    newest = Newest(apply)
    waiting = asyncio.create_task(newest(beat(1, worker_id="slow")))
    await newest(beat(1, worker_id="quick"))
    assert applied == ["quick"]
    slow.set()
    await waiting


async def test_one_that_meets_an_outage_is_tried_again() -> None:
    outages = iter([True, False])

    async def apply(_: Heartbeat) -> None:
        if next(outages):
            raise Unavailable("away")

    newest = Newest(apply)
    with pytest.raises(Unavailable):
        await newest(beat(1))
    await newest(beat(1))
    assert next(outages, None) is None


async def test_a_new_instance_overtakes_whatever_its_number() -> None:
    applied: list[int] = []

    async def apply(heartbeat: Heartbeat) -> None:
        applied.append(heartbeat.seq)

    newest = Newest(apply)
    await newest(beat(50))
    await newest(beat(1).model_copy(update={"instance_id": uuid4()}))
    assert applied == [50, 1]
