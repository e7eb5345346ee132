"""What ComfyUI leaves may be missing, torn, stale or hostile."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.comfyui_simulator.faults import JobFault, RequestFault
from services.comfyui_worker.identity import folder_of
from shared.jobs import FailureCode
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench, bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as place:
        yield place


@pytest.fixture(params=["mounted", "over http"])
def way(request: pytest.FixtureRequest, place: Bench) -> dict[str, Any]:
    """How the worker gets at files: the settings that say so."""
    return {"comfyui_output_dir": place.directory} if request.param == "mounted" else {}


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        ("no_file", FailureCode.OUTPUT_MISSING, "no whole file"),
        ("torn_file", FailureCode.OUTPUT_MISSING, "no whole file"),
        ("bomb_file", FailureCode.BAD_IMAGE, "pixels"),
        ("not_an_image", FailureCode.BAD_IMAGE, "not a PNG"),
    ],
)
async def test_a_bad_file_is_a_failure_with_its_own_words(
    place: Bench, way: dict[str, Any], kind: Any, code: FailureCode, words: str
) -> None:
    place.simulator.add_faults(JobFault(kind=kind, times=1))
    order, next_one = solid_color(), solid_color()

    async with place.worker(**way):
        await place.peer.accepting()
        await place.peer.give(order, next_one)
        failure = await place.peer.failure_of(order)
        await place.peer.output_of(next_one)

    assert failure.code is code
    assert words in failure.message
    assert failure.seen_running
    assert [ref_of(one) for one in place.peer.outputs] == [ref_of(next_one)]


async def test_a_file_that_is_still_growing_is_waited_for(
    place: Bench, way: dict[str, Any]
) -> None:
    """History names it, but a slow disk shows the end of it late."""
    place.time(torn_file=10)
    order, whole = solid_color(), solid_color()

    async with place.worker(**way):
        await place.peer.accepting()
        await place.peer.give(whole)
        output = await place.peer.output_of(whole)
        place.simulator.add_faults(JobFault(kind="torn_file", times=1))
        await place.peer.give(order)
        torn = place.directory / folder_of(ref_of(order)) / "image_00001_.png"
        await until(torn.exists)
        await until(lambda: place.runs_of(order)[0].outcome == "success")
        torn.write_bytes(await place.media.get(output.storage_key))
        grown = await place.peer.output_of(order)

    assert grown.sha256 == output.sha256


@pytest.mark.parametrize("kind", ["no_output", "forgotten"])
async def test_a_file_that_no_history_names_is_found_by_its_prefix(
    place: Bench, way: dict[str, Any], kind: Any
) -> None:
    place.simulator.add_faults(JobFault(kind=kind, times=1))
    order = solid_color()

    async with place.worker(**way):
        await place.peer.accepting()
        await place.peer.give(order)
        output = await place.peer.output_of(order)

    file = place.directory / folder_of(ref_of(order)) / "image_00001_.png"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == output.sha256
    assert len(place.runs_of(order)) == 1


async def test_where_the_first_file_is_torn_the_second_counts(
    place: Bench, way: dict[str, Any]
) -> None:
    """A kill in the middle of a write leaves one, and the next run takes the next number."""
    order = solid_color()
    folder = place.directory / folder_of(ref_of(order))
    folder.mkdir(parents=True)
    (folder / "image_00001_.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    place.simulator.add_faults(JobFault(kind="no_output", times=1))

    async with place.worker(**way):
        await place.peer.accepting()
        await place.peer.give(order)
        output = await place.peer.output_of(order)

    whole = (folder / "image_00002_.png").read_bytes()
    assert hashlib.sha256(whole).hexdigest() == output.sha256


async def test_a_file_of_another_attempt_is_no_result(place: Bench, way: dict[str, Any]) -> None:
    """As ComfyUI's cache does it: success, and the file of an older prompt."""
    old, order = solid_color(), solid_color()
    async with place.worker(**way):
        await place.peer.accepting()
        await place.peer.give(old)
        await place.peer.output_of(old)

        place.simulator.memory.queue.history = StaleHistory(folder_of(ref_of(old)))
        place.simulator.add_faults(JobFault(kind="no_file", times=1))
        await place.peer.give(order)
        failure = await place.peer.failure_of(order)

    assert failure.code is FailureCode.OUTPUT_MISSING
    assert "not its own" in failure.message


class StaleHistory(dict[str, Any]):
    """Whatever ran, the entry names the file of an older prompt."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def __setitem__(self, prompt_id: str, entry: Any) -> None:
        file = {"filename": "image_00001_.png", "subfolder": self._folder, "type": "output"}
        super().__setitem__(prompt_id, entry | {"outputs": {"2": {"images": [file]}}})


async def test_a_comfyui_that_is_silent_when_the_file_is_wanted_is_waited_for(
    place: Bench,
) -> None:
    place.simulator.add_faults(RequestFault(kind="cut", path="/view", times=3))
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)

    assert place.peer.failures == []
