"""Prompts that ComfyUI refuses, fails, forgets, or answers nothing about."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.comfyui_simulator.faults import JobFault, RequestFault, device_error, out_of_memory
from services.comfyui_worker.identity import folder_of, prompt_id_of
from shared.jobs import FailureCode, Phase
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench, bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path, step_seconds=0.02) as place:
        yield place


async def test_a_prompt_that_a_restart_forgot_is_lost_after_a_look_at_the_files(
    place: Bench,
) -> None:
    order, waiting = text_to_image(steps=100), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order, waiting)
        await place.peer.holds(waiting, Phase.SUBMITTED)
        await place.peer.holds(order, Phase.RENDERING)
        await place.simulator.restart()
        lost = [await place.peer.failure_of(one) for one in (order, waiting)]

        await place.peer.accepting()
        await place.peer.give(again := text_to_image(job_id=order.job_id, attempt=2))
        await place.peer.output_of(again)

    assert [one.code for one in lost] == [FailureCode.LOST, FailureCode.LOST]
    assert [one.seen_running for one in lost] == [True, False]


async def test_what_was_saved_before_the_restart_is_no_second_run(place: Bench) -> None:
    order = text_to_image()
    place.simulator.behave(history_lag_seconds=0.5)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        file = place.directory / folder_of(ref_of(order)) / "image_00001_.png"
        await until(file.exists)
        await until(lambda: place.runs_of(order)[0].outcome == "running")
        await place.simulator.restart()
        await place.peer.output_of(order)

    assert len(place.runs_of(order)) == 1
    assert place.peer.failures == []


@pytest.mark.parametrize("kind", ["answer_cut", "answer_hang", "cut", "hang", "error"])
async def test_a_lost_answer_to_a_submission_makes_no_second_image(place: Bench, kind: Any) -> None:
    place.time(request=0.3)
    place.simulator.add_faults(
        RequestFault(kind=kind, path="/prompt", method="POST", times=1, seconds=1.0)
    )
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)

    happened = kind in ("answer_cut", "answer_hang")
    assert len(place.runs_of(order)) == 1 or not happened
    assert len({one.sha256 for one in place.peer.outputs}) == 1
    assert place.peer.failures == []


async def test_a_refused_prompt_fails_with_the_words_of_its_node(place: Bench) -> None:
    place.simulator.add_faults(JobFault(kind="refused", times=1))
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)

    assert failure.code is FailureCode.REFUSED
    assert failure.node_id
    assert failure.node_type
    assert failure.message
    assert not failure.seen_running
    assert place.simulator.runs == []


async def test_a_prompt_accepted_with_node_errors_is_refused_and_ended(place: Bench) -> None:
    place.simulator.add_faults(JobFault(kind="node_errors", times=1))
    order = text_to_image(steps=150)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)
        await place.peer.holds(order, None)

    assert failure.code is FailureCode.REFUSED
    assert [run.outcome for run in place.runs_of(order)] in ([], ["interrupted"])
    assert place.peer.outputs == []


async def test_an_unknown_workflow_is_refused_in_words(place: Bench) -> None:
    order = solid_color(workflow="nobody_has_it")

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)

    assert failure.code is FailureCode.REFUSED
    assert "nobody_has_it" in failure.message


async def test_an_execution_error_names_node_and_reason(place: Bench) -> None:
    fault = JobFault(kind="execution_error", node_type="VAEDecode", message="no such thing")
    place.simulator.add_faults(fault)
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)
        await place.peer.holds(order, None)

    assert failure.code is FailureCode.EXECUTION_ERROR
    assert (failure.node_type, failure.message) == ("VAEDecode", "no such thing")
    assert failure.node_id is not None
    # Its history stays: should the report be lost, the prompt is found failed again.
    assert prompt_id_of(ref_of(order)) in place.simulator.memory.queue.history


async def test_a_failed_prompt_that_comes_again_is_reported_again_and_not_run(
    place: Bench,
) -> None:
    place.simulator.add_faults(JobFault(kind="execution_error", times=1))
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.failure_of(order)
        await place.peer.holds(order, None)
        place.peer.over.clear()  # the report was lost with the broker's volume
        await place.peer.give(order)
        await until(lambda: len(place.peer.failures) == 2)

    assert {one.code for one in place.peer.failures} == {FailureCode.EXECUTION_ERROR}
    assert len(place.runs_of(order)) == 1


async def test_out_of_memory_frees_memory_before_it_is_reported(place: Bench) -> None:
    place.simulator.add_faults(out_of_memory(times=1))
    place.simulator.memory.site.machine.loaded_checkpoint = "big.safetensors"
    order, next_one = text_to_image(), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)
        assert place.simulator.memory.site.machine.loaded_checkpoint is None
        await place.peer.give(next_one)
        await place.peer.output_of(next_one)

    assert failure.code is FailureCode.OUT_OF_MEMORY


@pytest.mark.parametrize("success_first", [True, False])
async def test_a_device_error_says_whether_the_job_before_succeeded(
    place: Bench, success_first: bool
) -> None:
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        if success_first:
            await place.peer.give(good := solid_color())
            await place.peer.output_of(good)
        place.simulator.add_faults(device_error(times=1))
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)

    assert failure.code is FailureCode.DEVICE_ERROR
    assert failure.seen_running
    assert failure.previous_succeeded is success_first
