"""A new instance of a worker finds what the last one left in ComfyUI."""

import pytest

from services.comfyui_worker.identity import mark_of
from shared.jobs import Phase
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.foreign import submit_foreign
from tests.integration.comfyui_worker.peer import ref_of, text_to_image


async def test_prompts_are_found_again_and_not_made_twice(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    orders = [text_to_image(steps=20), text_to_image(), text_to_image()]
    async with place.killed_worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await place.peer.holds(orders[1], Phase.SUBMITTED)
        await place.running(orders[0])

    async with place.worker():
        # The waiting one first: it must not be submitted a second time either.
        await place.peer.give(*reversed(orders))
        for order in orders:
            await place.peer.output_of(order)

    assert [len(place.runs_of(order)) for order in orders] == [1, 1, 1]
    assert place.peer.failures == []


async def test_a_prompt_that_ended_meanwhile_is_taken_from_the_history(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.02)
    order = text_to_image()
    async with place.killed_worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.running(order)
    await until(lambda: not place.is_running(order))
    assert place.peer.outputs == []

    async with place.worker():
        await place.peer.give(order)
        await place.peer.output_of(order)

    assert len(place.runs_of(order)) == 1


async def test_what_nobody_wants_any_more_is_ended_and_nothing_else(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    unwanted, wanted = text_to_image(steps=150), text_to_image()
    async with place.killed_worker():
        await place.peer.accepting()
        await place.peer.give(unwanted, wanted)
        await place.peer.holds(wanted, Phase.SUBMITTED)
        await place.running(unwanted)
    other = ref_of(text_to_image())
    foreign = await submit_foreign(place, text_to_image())
    theirs = await submit_foreign(place, text_to_image(), mark=mark_of(other, "gpu-2"))
    forged = await submit_foreign(place, text_to_image(), mark=mark_of(other, "gpu-1"))

    place.peer.over.add(ref_of(unwanted))  # cancelled while the worker was away
    async with place.worker():
        await place.peer.accepting()
        # The order of the wanted one is late; its prompt runs all the same.
        await until(lambda: place.simulator.memory.queue.remaining == 0, within=20)
        await place.peer.give(wanted)
        await place.peer.output_of(wanted)

    assert [run.outcome for run in place.runs_of(unwanted)] == ["interrupted"]
    assert [run.outcome for run in place.runs_of(wanted)] == ["success"]
    outcomes = {run.prompt_id: run.outcome for run in place.simulator.runs}
    assert [outcomes[one] for one in (foreign, theirs, forged)] == ["success"] * 3


async def test_before_it_knows_what_is_its_own_it_ends_nothing(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.02)
    order = text_to_image(steps=20)
    async with place.killed_worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.running(order)

    place.peer.answers_yours = False
    place.peer.over.add(ref_of(order))
    async with place.worker():
        await until(lambda: not place.is_running(order))
        assert place.peer.last.needs_yours

    assert [run.outcome for run in place.runs_of(order)] == ["success"]


async def test_a_cancel_that_comes_before_the_order_ends_the_prompt(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    order = text_to_image(steps=150)
    async with place.killed_worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.running(order)

    async with place.worker():
        await place.peer.accepting()
        await until(lambda: not place.peer.last.needs_yours)
        await place.peer.drop(order)
        await until(lambda: not place.is_running(order))

    assert [run.outcome for run in place.runs_of(order)] == ["interrupted"]


@pytest.mark.parametrize("answered", [True, False])
async def test_it_asks_what_is_its_own_until_it_is_told(place: Bench, answered: bool) -> None:
    place.peer.answers_yours = answered

    async with place.worker():
        await place.peer.accepting()
        seen = len(place.peer.heartbeats)
        await until(lambda: len(place.peer.heartbeats) >= seen + 3)

    assert place.peer.last.needs_yours is not answered
