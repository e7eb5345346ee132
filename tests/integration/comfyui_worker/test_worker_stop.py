"""SIGTERM: what waits is handed back, what runs is left for the next instance."""

import asyncio

from deploy.comfyui_simulator.faults import RequestFault
from services.comfyui_worker.identity import prompt_id_of
from shared.jobs import FailureCode, Phase
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image


async def test_what_waits_is_handed_back_and_what_runs_goes_on(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    orders = [text_to_image(steps=30), text_to_image(), text_to_image(), text_to_image()]
    running, pending, claimed, waiting = orders

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await place.peer.holds(pending, Phase.SUBMITTED)
        await place.peer.holds(claimed, Phase.CLAIMED)
        await place.running(running)

    failures = {ref_of(one): one for one in place.peer.failures}
    assert set(failures) == {ref_of(one) for one in (pending, claimed, waiting)}
    assert {one.code for one in failures.values()} == {FailureCode.HANDED_BACK}
    queue = place.simulator.memory.queue
    assert queue.running is not None
    assert queue.running.prompt_id == prompt_id_of(ref_of(running))
    assert queue.pending == []
    assert [ref_of(one) for one in place.peer.last.attempts] == [ref_of(running)]
    assert not place.peer.last.accepting

    async with place.worker():
        await place.peer.give(running)
        await place.peer.output_of(running)
    assert len(place.runs_of(running)) == 1


async def test_it_says_that_it_stops_before_it_hands_back(place: Bench) -> None:
    place.peer.answers_claims = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.WAITING)
        heard = len(place.peer.heartbeats)

    await place.peer.failure_of(order)
    assert not place.peer.heartbeats[heard].accepting
    assert place.peer.heartbeats[heard].reason == "gpu-1 is stopping"


async def test_an_image_on_its_way_is_delivered_first(place: Bench) -> None:
    place.simulator.add_faults(RequestFault(kind="hang", path="/view", seconds=0.5, times=1))
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.running_or_over(order)
        await asyncio.sleep(0.1)  # it is asking for the file

    assert [ref_of(one) for one in place.peer.outputs] == [ref_of(order)]
    assert place.peer.failures == []


async def test_with_a_silent_comfyui_it_still_ends_in_time(place: Bench) -> None:
    order = text_to_image(steps=150)
    place.simulator.behave(step_seconds=0.05)

    async with asyncio.timeout(10):
        async with place.worker(worker_grace_seconds=0.5):
            await place.peer.accepting()
            await place.peer.give(order, waiting := text_to_image())
            await place.peer.holds(waiting, Phase.SUBMITTED)
            await place.simulator.stop()

    assert place.peer.failures == []
