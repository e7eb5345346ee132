"""What nobody has foreseen ends one attempt, and not the worker."""

from pathlib import Path

from structlog.testing import capture_logs

from shared.jobs import FailureCode
from shared.media.folder_store import FolderStore
from shared.messages import Generate
from tests.integration.comfyui_worker.bench import bench
from tests.integration.comfyui_worker.peer import ref_of, solid_color


class Buggy(FolderStore):
    """Has a bug that only one job meets."""

    def __init__(self, folder: Path, bane: Generate) -> None:
        super().__init__(folder)
        self._bane = bane

    async def put(self, key: str, data: bytes, *, mime_type: str) -> None:
        if str(self._bane.job_id) in key:
            raise ZeroDivisionError("a bug")
        await super().put(key, data, mime_type=mime_type)


async def test_a_bug_fails_the_attempt_that_met_it_and_no_other(tmp_path: Path) -> None:
    bane, next_one = solid_color(), solid_color()

    with capture_logs() as logs:
        async with bench(tmp_path) as place:
            place.media = Buggy(tmp_path / "media", bane)
            async with place.worker():
                await place.peer.accepting()
                await place.peer.give(bane, next_one)
                failure = await place.peer.failure_of(bane)
                await place.peer.output_of(next_one)
                await place.peer.holds(bane, None)

    assert failure.code is FailureCode.UNDELIVERABLE
    assert "ZeroDivisionError" in failure.message
    assert [ref_of(output) for output in place.peer.outputs] == [ref_of(next_one)]
    (said,) = [line for line in logs if line["log_level"] == "error"]
    assert said["event"] == "attempt.broke"
