"""ComfyUI dies, forgets, stays silent, refuses, fails: what the worker makes of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.comfyui_simulator.faults import JobFault, RequestFault
from shared.jobs import FailureCode, Phase
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench, bench
from tests.integration.comfyui_worker.foreign import submit_foreign
from tests.integration.comfyui_worker.peer import solid_color, text_to_image


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path, step_seconds=0.02) as place:
        yield place


async def test_a_comfyui_that_is_down_at_the_start_is_waited_for(place: Bench) -> None:
    await place.simulator.stop()
    order = solid_color()

    async with place.worker():
        refusal = await place.peer.refusing("does not answer")
        await place.peer.give(order)
        await place.peer.holds(order, Phase.WAITING)
        assert place.peer.claims == []

        await place.simulator.start()
        await place.peer.accepting()
        await place.peer.output_of(order)

    assert place.url.removeprefix("http://") in (refusal.reason or "")


async def test_somebody_at_comfyuis_own_page_interrupts_it(place: Bench) -> None:
    order = text_to_image(steps=150)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.RENDERING)
        place.simulator.memory.site.interruption.wanted = True
        failure = await place.peer.failure_of(order)

    assert failure.code is FailureCode.INTERRUPTED_IN_COMFYUI


async def test_somebody_clears_the_queue(place: Bench) -> None:
    running, cleared = text_to_image(steps=50), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(running, cleared)
        await place.peer.holds(cleared, Phase.SUBMITTED)
        place.simulator.memory.queue.clear_pending()
        failure = await place.peer.failure_of(cleared)
        await place.peer.output_of(running)

    assert failure.code is FailureCode.LOST


async def test_a_job_that_runs_too_long_is_interrupted(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.1)
    order, waiting = text_to_image(steps=150, timeout_s=1), text_to_image(timeout_s=1)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order, waiting)
        failure = await place.peer.failure_of(order)
        # Waiting in ComfyUI is not counted: this one waited for as long as the other one ran.
        await place.peer.output_of(waiting)

    assert failure.code is FailureCode.TIMED_OUT
    assert "1 s" in failure.message
    assert [run.outcome for run in place.runs_of(order)] == ["interrupted"]


async def test_a_comfyui_whose_worker_died_is_called_stuck_until_it_is_restarted(
    place: Bench,
) -> None:
    place.time(stuck=0.5, interrupt_patience=0.3)
    place.simulator.add_faults(JobFault(kind="worker_dies", times=1))
    doomed, waiting = solid_color(timeout_s=1), solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(doomed, waiting)
        timed_out = await place.peer.failure_of(doomed)
        await place.peer.refusing("stuck, restart it")
        handed_back = await place.peer.failure_of(waiting)

        await place.simulator.restart()
        await place.peer.accepting()
        await place.peer.give(again := solid_color())
        await place.peer.output_of(again)

    assert timed_out.code is FailureCode.TIMED_OUT
    assert handed_back.code is FailureCode.HANDED_BACK


async def test_a_comfyui_that_stays_silent_loses_its_jobs(place: Bench) -> None:
    place.time(unreachable=0.5)
    orders = [text_to_image(steps=150), text_to_image(), text_to_image(), text_to_image()]
    running, pending, claimed, waiting = orders

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await place.peer.holds(pending, Phase.SUBMITTED)
        await place.peer.holds(claimed, Phase.CLAIMED)
        await place.peer.holds(running, Phase.RENDERING)
        await place.simulator.stop()
        await place.peer.refusing("does not answer")
        failures = [await place.peer.failure_of(one) for one in (running, pending, claimed)]
        await place.peer.holds(waiting, Phase.WAITING)

        await place.simulator.start()
        await place.peer.output_of(waiting)

    assert {one.code for one in failures} == {FailureCode.UNREACHABLE}
    assert [one.seen_running for one in failures] == [True, False, False]


async def test_prompts_given_up_as_unreachable_are_ended_when_it_answers_again(
    place: Bench,
) -> None:
    place.time(unreachable=0.3, request=0.2)
    order = text_to_image(steps=150)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.RENDERING)
        silence = RequestFault(kind="hang", path="/")
        place.simulator.add_faults(silence)
        failure = await place.peer.failure_of(order)
        assert place.is_running(order)
        place.simulator.faults.clear()
        await until(lambda: not place.is_running(order))

    assert failure.code is FailureCode.UNREACHABLE
    assert [run.outcome for run in place.runs_of(order)] == ["interrupted"]


async def test_behind_somebody_elses_prompt_ours_are_handed_back_and_theirs_lives(
    place: Bench,
) -> None:
    place.time(busy=0.5)
    order, claimed = text_to_image(), [text_to_image(), text_to_image()]

    async with place.worker():
        await place.peer.accepting()
        foreign = await submit_foreign(place, text_to_image(steps=100))
        await place.peer.give(order, *claimed)
        await place.peer.refusing("busy with others' prompts since")
        failures = [await place.peer.failure_of(one) for one in (order, *claimed)]
        await until(lambda: place.simulator.memory.queue.remaining == 0)
        await place.peer.accepting()

    assert {one.code for one in failures} == {FailureCode.HANDED_BACK}
    assert [(run.prompt_id, run.outcome) for run in place.simulator.runs] == [(foreign, "success")]


async def test_a_comfyui_that_hangs_for_a_while_is_only_waited_for(place: Bench) -> None:
    place.time(request=0.2)
    order = text_to_image(steps=20)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.RENDERING)
        place.simulator.add_faults(RequestFault(kind="hang", path="/", times=4))
        await place.peer.output_of(order)

    assert len(place.runs_of(order)) == 1
    assert place.peer.failures == []


async def test_what_rings_does_not_wait_for_a_look_that_is_not_answered(place: Bench) -> None:
    place.time(request=600)
    place.simulator.behave(step_seconds=0.1)
    order = text_to_image(steps=10)

    async with place.worker():
        await place.peer.accepting()
        await place.listening()
        await place.peer.give(order)
        await place.running(order)
        place.simulator.add_faults(RequestFault(kind="hang", method="GET", path="/queue"))
        await place.peer.output_of(order)


async def test_another_program_at_its_address_is_not_taken_for_comfyui(place: Bench) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html/>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, place.worker(comfyui_url=f"http://127.0.0.1:{port}"):
        await place.peer.refusing("does not answer")
