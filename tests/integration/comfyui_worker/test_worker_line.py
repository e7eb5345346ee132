"""One job's way through the worker, on the sunny side."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.comfyui_worker.identity import folder_of, prompt_id_of
from shared.jobs import Phase
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image


async def test_a_job_becomes_a_stored_image(place: Bench) -> None:
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        output = await place.peer.output_of(order)
        await place.peer.holds(order, None)

    data = await place.media.get(output.storage_key)
    assert hashlib.sha256(data).hexdigest() == output.sha256
    assert len(data) == output.byte_size
    assert Image.open(io.BytesIO(data)).size == (64, 64)
    assert output.params == order.params
    assert output.tags == ("simulated",)
    assert output.warnings == ()
    assert output.trace_id == "trace-1"
    assert len(place.runs_of(order)) == 1
    assert place.peer.failures == []


@pytest.mark.parametrize("mounted", [True, False])
async def test_the_file_comes_from_the_mounted_directory_or_over_http(
    place: Bench, mounted: bool
) -> None:
    order = solid_color()
    settings: dict[str, Any] = {"comfyui_output_dir": place.directory} if mounted else {}

    async with place.worker(**settings):
        await place.peer.accepting()
        await place.peer.give(order)
        output = await place.peer.output_of(order)

    assert await place.media.stat(output.storage_key) is not None


async def test_a_wrong_mount_is_no_harm_while_http_answers(place: Bench, tmp_path: Path) -> None:
    order = solid_color()

    async with place.worker(comfyui_output_dir=tmp_path / "nothing-here"):
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)


async def test_heartbeats_tell_every_phase_in_order(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    place.peer.answers_claims = False
    place.peer.finishes_jobs = False
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.WAITING)
        await place.peer.go(ref_of(order))
        await place.peer.holds(order, Phase.STORED)
        await place.peer.drop(order)
        await place.peer.holds(order, None)

    told = [one.phase for beat in place.peer.heartbeats for one in beat.attempts]
    in_order = [Phase.WAITING, Phase.CLAIMED, Phase.SUBMITTED, Phase.RENDERING, Phase.STORED]
    assert [phase for phase in in_order if phase in told] == list(dict.fromkeys(told))
    assert {Phase.WAITING, Phase.RENDERING, Phase.STORED} <= set(told)


async def test_the_output_is_reported_again_until_the_dispatcher_drops_it(place: Bench) -> None:
    place.peer.finishes_jobs = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await until(lambda: len(place.peer.outputs) >= 3)
        assert len({output.storage_key for output in place.peer.outputs}) == 1
        assert place.peer.last.attempts[0].progress == 1.0

        await place.peer.drop(order)
        await place.peer.holds(order, None)


async def test_a_stored_job_frees_its_place_at_once(place: Bench) -> None:
    place.peer.finishes_jobs = False
    orders = [solid_color() for _ in range(4)]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        for order in orders:
            await place.peer.output_of(order)


async def test_progress_is_told_over_the_whole_prompt_and_never_goes_back(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.1)
    order = text_to_image(steps=12)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)

    told = [one for one in place.peer.progress if one.job_id == order.job_id]
    assert len(told) >= 3
    assert [one.value for one in told] == sorted(one.value for one in told)
    assert {one.user_id for one in told} == {order.user_id}
    assert any(one.step and one.steps == 12 and one.node for one in told)
    # At most five a second: the sampling alone takes 1.2 s.
    run = place.runs_of(order)[0]
    assert len(told) <= 5 * ((run.finished or 0) - run.started) + 2


@pytest.mark.parametrize("clean", [True, False])
async def test_a_finished_job_leaves_no_trace_in_comfyui(place: Bench, clean: bool) -> None:
    order, other = solid_color(), place.directory / "darkroom" / "somebody-elses"
    other.mkdir(parents=True)

    async with place.worker(comfyui_output_dir=place.directory, comfyui_output_clean=clean):
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)
        await place.peer.holds(order, None)

    # Done at the latest when the worker has ended.
    assert prompt_id_of(ref_of(order)) not in place.simulator.memory.queue.history
    assert (place.directory / folder_of(ref_of(order))).exists() is not clean
    assert other.exists()


async def test_of_what_takes_no_time_no_progress_is_told(place: Bench) -> None:
    orders = [solid_color() for _ in range(3)]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        for order in orders:
            await place.peer.output_of(order)

    assert len(place.peer.progress) < len(orders)
