"""One stored output becomes exactly one ContentItem, and its job completed, in one statement.

verified ─▶ item, completed job and what announces them committed ─▶ nudged
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from prometheus_client import Counter, Histogram
from structlog.contextvars import bound_contextvars

from services.content.completion import complete
from shared.bus.base import Sender
from shared.db.engine import Sessions
from shared.db.quick import quick
from shared.errors import Invalid
from shared.failpoints import reached
from shared.log import of_job
from shared.media import MediaMissing, MediaStore, StoreUnavailable, parse_output_key
from shared.media.images import Picture, TornImage, UnusableImage, examine
from shared.messages import Failed, Output

log = structlog.get_logger()

outputs_seen = Counter("darkroom_outputs", "Outputs by what became of them", ["result"])
ingest_seconds = Histogram(
    "darkroom_ingest_seconds",
    "From a delivered output to its committed item",
    buckets=(0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25, 0.5, 1, 2, 5),
)


class MisplacedOutput(Invalid):
    """The report names a file that is not one of its attempt."""

    code = "misplaced_output"


@dataclass(frozen=True)
class Ingest:
    sessions: Sessions
    bus: Sender
    media: MediaStore
    decoding: asyncio.Semaphore  # threads that may decode at a time
    on_item: Callable[[int], None]  # its id, after the commit
    on_refusal: Callable[[], None]  # by a job that is final or gone, or by the store

    async def take(self, output: Output) -> None:
        """Any number of copies, in any order and from any number of processes, make one item:
        the statement finds its job unfinished, under a lock, and leaves it completed."""
        with (
            bound_contextvars(**of_job(output.job_id, trace_id=output.trace_id)),
            ingest_seconds.time(),
        ):
            try:
                picture = await self._verified(output)
            except UnusableImage as error:
                await self._report(output, error)
                return
            except StoreUnavailable:
                self.on_refusal()
                raise
            await reached("content.verified")
            await self._keep(output, picture)

    async def _verified(self, output: Output) -> Picture:
        """Of the bytes in the store, not of what the worker says. Raises UnusableImage."""
        key = parse_output_key(output.storage_key)
        if key != (output.job_id, output.attempt, output.sha256):
            raise MisplacedOutput(f"{output.storage_key} is no file of this attempt")
        try:
            data = await self.media.get(output.storage_key)
        except MediaMissing as error:
            raise TornImage("the stored file is gone") from error
        async with self.decoding:
            return await asyncio.to_thread(_examine_as_told, data, output)

    async def _report(self, output: Output, error: UnusableImage) -> None:
        await self.bus.publish(
            Failed(
                worker_id=None,
                job_id=output.job_id,
                attempt=output.attempt,
                code=error.failure,
                message=str(error),
                trace_id=output.trace_id,
            )
        )
        outputs_seen.labels(error.failure).inc()
        log.warning("output.unusable", attempt=output.attempt, code=error.failure, why=str(error))

    async def _keep(self, output: Output, picture: Picture) -> None:
        async with quick(self.sessions) as database:
            content_id = await complete(database, output, picture)
        await reached("content.committed")
        if content_id is None:
            outputs_seen.labels("stale").inc()
            log.info("output.stale", attempt=output.attempt)
            self.on_refusal()
            return
        outputs_seen.labels("kept").inc()
        log.info("content.created", content_id=content_id, attempt=output.attempt)
        self.on_item(content_id)


def _examine_as_told(data: bytes, output: Output) -> Picture:
    if len(data) != output.byte_size:
        raise TornImage(f"{len(data)} bytes are stored, {output.byte_size} were reported")
    if hashlib.sha256(data).hexdigest() != output.sha256:
        raise TornImage("the stored bytes are not those that were reported")
    return examine(data)
