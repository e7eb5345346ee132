"""A ComfyUI that fails everything does not eat the queue."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.comfyui_simulator.faults import JobFault, device_error
from shared.jobs import FailureCode, Phase
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench, bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as place:
        place.time(first_ailing_pause=0.4, longest_ailing_pause=1.0)
        yield place


async def test_after_a_device_error_it_takes_one_job_at_a_time_until_one_succeeds(
    place: Bench,
) -> None:
    place.simulator.add_faults(device_error(times=3))

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(first := solid_color())
        await place.peer.failure_of(first)
        refusal = await place.peer.refusing("gpu-1 fails every job since")
        assert "CUDA error" in (refusal.reason or "")

        orders = [solid_color() for _ in range(3)]
        await place.peer.give(*orders)
        later = [await place.peer.failure_of(one) for one in orders[:2]]
        await place.peer.output_of(orders[2])
        await place.peer.accepting()

    assert not place.peer.failures[0].ailing  # until then it looked healthy
    assert [one.ailing for one in later] == [True, True]
    starts = [run.started for run in place.simulator.runs]
    assert starts[1] - starts[0] >= 0.4
    assert starts[2] - starts[1] >= 0.8  # the pause grows


async def test_three_failures_of_different_jobs_are_enough(place: Bench) -> None:
    place.simulator.add_faults(JobFault(kind="execution_error", message="broken node"))
    orders = [solid_color() for _ in range(3)]

    async with place.worker():
        await place.peer.accepting()
        for order in orders:
            await place.peer.give(order)
            failure = await place.peer.failure_of(order)
            assert not failure.ailing
        await place.peer.refusing("broken node")


async def test_one_job_that_fails_again_and_again_is_its_own_fault(place: Bench) -> None:
    place.simulator.add_faults(JobFault(kind="no_file", times=3))
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        for attempt in (1, 2, 3):
            again = order.model_copy(update={"attempt": attempt})
            await place.peer.give(again)
            await place.peer.failure_of(again)
        await place.peer.give(good := solid_color())
        await place.peer.output_of(good)

    assert all(beat.reason in (None, "gpu-1 is stopping") for beat in place.peer.heartbeats[5:])


async def test_what_was_claimed_before_it_fell_ill_is_handed_back(place: Bench) -> None:
    place.time(first_ailing_pause=30.0)
    place.simulator.behave(step_seconds=0.02)
    place.simulator.add_faults(device_error(times=1, where="doomed"))
    orders = [text_to_image(prompt="doomed", steps=10)] + [text_to_image() for _ in range(3)]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        first = await place.peer.failure_of(orders[0])
        claimed = await place.peer.failure_of(orders[2])
        # What was never claimed waits: the dispatcher takes it back when somebody else is free.
        await place.peer.holds(orders[3], Phase.WAITING)

    assert first.code is FailureCode.DEVICE_ERROR
    assert claimed.code is FailureCode.HANDED_BACK
    assert ref_of(orders[3]) not in map(ref_of, place.peer.claims)


async def test_an_interrupted_prompt_says_nothing_about_comfyui(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.02)

    async with place.worker():
        await place.peer.accepting()
        for _ in range(4):
            order = text_to_image(steps=150)
            await place.peer.give(order)
            await place.peer.holds(order, Phase.RENDERING)
            place.simulator.memory.site.interruption.wanted = True
            await place.peer.failure_of(order)
        await until(lambda: place.peer.last.accepting)
