"""The media store refuses: nothing is lost, nothing made twice, nothing new taken."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.jobs import Phase
from shared.media import open_media
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench, bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as place:
        yield place


async def test_a_store_that_refuses_keeps_the_image_waiting_and_no_job_is_taken(
    place: Bench, tmp_path: Path
) -> None:
    order, later = solid_color(), solid_color()
    media = tmp_path / "media"

    async with place.worker():
        await place.peer.accepting()
        shutil.move(media, tmp_path / "unmounted")
        await place.peer.give(order)
        await place.peer.refusing("the media store refuses files")
        await place.peer.give(later)
        await place.peer.holds(later, Phase.WAITING)
        assert place.peer.outputs == []

        shutil.move(tmp_path / "unmounted", media)
        await place.peer.output_of(order)
        await place.peer.output_of(later)

    assert [len(place.runs_of(one)) for one in (order, later)] == [1, 1]
    assert ref_of(later) in map(ref_of, place.peer.claims)


async def test_a_store_that_refuses_at_the_start_is_said_and_waited_for(
    place: Bench, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    place.media = open_media(str(blocked))

    async with place.worker():
        await place.peer.refusing("the media store refuses files")
        blocked.unlink()
        await place.peer.accepting()


async def test_an_image_in_hand_outlives_its_comfyui(place: Bench, tmp_path: Path) -> None:
    place.time(unreachable=0.2)
    order = solid_color()
    media = tmp_path / "media"

    async with place.worker():
        await place.peer.accepting()
        shutil.move(media, tmp_path / "unmounted")
        await place.peer.give(order)
        await place.peer.refusing("the media store refuses files")
        await place.simulator.stop()
        await place.peer.refusing("does not answer")
        heard = len(place.peer.heartbeats)
        await until(lambda: len(place.peer.heartbeats) >= heard + 3)  # longer than `unreachable`

        shutil.move(tmp_path / "unmounted", media)
        await place.peer.output_of(order)

    assert place.peer.failures == []
