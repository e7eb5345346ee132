"""A picture into the media store, and the report of it, until the job is over."""

import asyncio

import structlog

from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.health import Health
from services.comfyui_worker.outputs import Fetched
from services.comfyui_worker.pauses import growing
from services.comfyui_worker.reports import Reports
from services.comfyui_worker.settings import Timing
from shared.media import MediaStore, StoreUnavailable, output_key
from shared.messages import Output

log = structlog.get_logger()

FIRST_PAUSE = 0.5
SIMULATED = "simulated"


class Delivery:
    def __init__(
        self, media: MediaStore, reports: Reports, health: Health, *, worker_id: str, timing: Timing
    ) -> None:
        self._media = media
        self._reports = reports
        self._health = health
        self._worker_id = worker_id
        self._timing = timing

    async def report(self, attempt: Attempt, output: Output) -> None:
        """Never returns: `drop` is the only answer there is."""
        await self._reports.confirmed(output)
        attempt.progress = 1.0
        attempt.move(Stage.STORED)
        log.info("output.stored", byte_size=output.byte_size)
        while True:
            await asyncio.sleep(self._timing.output_again)
            await self._reports.confirmed(output)

    async def probe_store(self) -> None:
        """For ever: a test write at the start, and after a refusal until one succeeds."""
        while True:
            await self._until_a_test_write_succeeds()
            self._health.see_store(None)
            await self._health.until_store_refuses()

    async def _until_a_test_write_succeeds(self) -> None:
        for pause in growing(FIRST_PAUSE, self._timing.longest_backoff):
            try:
                await self._media.probe()
            except StoreUnavailable as outage:
                self._health.see_store(str(outage))
            else:
                return
            await asyncio.sleep(pause)

    async def store(self, attempt: Attempt, fetched: Fetched, *, simulated: bool) -> Output:
        """Returns when it is durable, however long the store refuses."""
        picture, sha256 = fetched.picture, fetched.sha256
        key = output_key(attempt.ref.job_id, attempt.ref.attempt, sha256, picture.extension)
        for pause in growing(FIRST_PAUSE, self._timing.longest_backoff):
            try:
                await self._media.put(key, fetched.data, mime_type=picture.mime_type)
                break
            except StoreUnavailable as outage:
                log.warning("output.not_stored", reason=str(outage))
                self._health.see_store(str(outage))
            await asyncio.sleep(pause)
            await self._health.until_store_answers()
        return Output(
            worker_id=self._worker_id,
            job_id=attempt.ref.job_id,
            attempt=attempt.ref.attempt,
            storage_key=key,
            byte_size=len(fetched.data),
            sha256=sha256,
            params=attempt.order.params,
            warnings=_warnings(fetched),
            tags=(SIMULATED,) if simulated else (),
            trace_id=attempt.order.trace_id,
        )


def _warnings(fetched: Fetched) -> tuple[str, ...]:
    if fetched.left_out == 0:
        return ()
    files = "file was" if fetched.left_out == 1 else "files were"
    return (f"{fetched.left_out} more {files} made and left out: a job has one image.",)
