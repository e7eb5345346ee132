"""A drop ends its own prompt, at whatever stage it is, and no other."""

import asyncio

import pytest

from deploy.comfyui_simulator.faults import RequestFault
from services.comfyui_worker.identity import prompt_id_of
from shared.jobs import Phase
from shared.messages import Generate
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.foreign import submit_foreign
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image

LONG = 150


def is_there(place: Bench, order: Generate) -> bool:
    queue = place.simulator.memory.queue
    there = [*queue.pending, *([queue.running] if queue.running else [])]
    return prompt_id_of(ref_of(order)) in [item.prompt_id for item in there]


async def test_a_running_prompt_is_interrupted_and_the_next_one_runs(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    doomed, next_one = text_to_image(steps=LONG), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(doomed, next_one)
        await place.peer.holds(next_one, Phase.SUBMITTED)
        await place.running(doomed)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)
        await place.peer.output_of(next_one)

    assert [run.outcome for run in place.runs_of(doomed)] == ["interrupted"]
    assert [run.outcome for run in place.runs_of(next_one)] == ["success"]
    assert place.peer.failures == []
    assert len(place.peer.outputs) == 1


async def test_a_prompt_that_waits_in_comfyui_is_taken_out_and_the_running_one_lives(
    place: Bench,
) -> None:
    place.simulator.behave(step_seconds=0.05)
    running, doomed = text_to_image(steps=20), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(running, doomed)
        await place.peer.holds(doomed, Phase.SUBMITTED)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)
        assert not is_there(place, doomed)
        await place.peer.output_of(running)

    assert place.runs_of(doomed) == []
    assert [run.outcome for run in place.runs_of(running)] == ["success"]


async def test_a_claimed_one_that_waits_for_a_place_never_reaches_comfyui(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    orders = [text_to_image(steps=20), text_to_image(), doomed := text_to_image()]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await place.peer.holds(doomed, Phase.CLAIMED)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)
        await place.peer.output_of(orders[1])

    assert place.runs_of(doomed) == []


@pytest.mark.parametrize("seconds", [0.0, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16])
async def test_dropped_at_any_moment_it_is_gone_and_its_neighbours_live(
    place: Bench, seconds: float
) -> None:
    place.simulator.behave(step_seconds=0.01)
    before, doomed, after = text_to_image(), text_to_image(steps=LONG), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(before, doomed, after)
        await asyncio.sleep(seconds)  # the moment is what is tested
        await place.peer.drop(doomed)
        await place.peer.output_of(before)
        await place.peer.output_of(after)
        await until(lambda: not place.peer.last.attempts)

    assert not is_there(place, doomed)
    assert [run.outcome for run in place.runs_of(before)] == ["success"]
    assert [run.outcome for run in place.runs_of(after)] == ["success"]
    assert {output.job_id for output in place.peer.outputs} == {before.job_id, after.job_id}
    assert place.peer.failures == []


async def test_a_drop_while_the_submission_has_no_answer_ends_the_prompt_all_the_same(
    place: Bench,
) -> None:
    place.simulator.behave(step_seconds=0.05)
    place.simulator.add_faults(
        RequestFault(kind="answer_hang", path="/prompt", method="POST", seconds=0.5, times=1)
    )
    doomed = text_to_image(steps=LONG)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(doomed)
        await place.running(doomed)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)

    assert [run.outcome for run in place.runs_of(doomed)] == ["interrupted"]


async def test_lost_interrupts_are_repeated(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    place.simulator.add_faults(RequestFault(kind="cut", path="/interrupt", times=3))
    doomed = text_to_image(steps=LONG)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(doomed)
        await place.running(doomed)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)

    assert [run.outcome for run in place.runs_of(doomed)] == ["interrupted"]


async def test_prompts_of_others_are_never_touched(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    doomed = text_to_image(steps=LONG)

    async with place.worker():
        await place.peer.accepting()
        foreign = [await submit_foreign(place, text_to_image(steps=10)) for _ in range(2)]
        await place.peer.give(doomed)
        await place.peer.holds(doomed, Phase.SUBMITTED)
        await place.peer.drop(doomed)
        await place.peer.holds(doomed, None)
        await until(lambda: place.simulator.memory.queue.remaining == 0)

    outcomes = {run.prompt_id: run.outcome for run in place.simulator.runs}
    assert outcomes == dict.fromkeys(foreign, "success")


async def test_a_dropped_image_that_was_stored_is_forgotten_without_a_report(place: Bench) -> None:
    place.peer.finishes_jobs = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.STORED)
        await place.peer.drop(order)
        await place.peer.drop(order)
        await place.peer.holds(order, None)

    assert place.peer.failures == []
