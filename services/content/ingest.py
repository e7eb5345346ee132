"""One stored output becomes exactly one ContentItem, and its job completed, in one transaction.

verified ─▶ job locked ─▶ item inserted ─▶ job completed ─▶ announced ─▶ committed ─▶ nudged
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy import bindparam, insert, select
from structlog.contextvars import bound_contextvars

from services.content.images import Picture, TornImage, UnusableImage, examine
from services.content.titles import title_of
from shared.bus.base import Sender
from shared.db import jobs, outbox
from shared.db.engine import Sessions
from shared.db.jobs import status_in
from shared.db.quick import Quick, Statement, quick_transaction
from shared.db.table import Table
from shared.db.tables import ContentItem, Job
from shared.db.views import content_view_of
from shared.errors import Invalid
from shared.failpoints import reached
from shared.jobs import UNFINISHED
from shared.log import of_job
from shared.media import MediaMissing, MediaStore, StoreUnavailable, parse_output_key
from shared.messages import ContentCreated, Failed, Output

log = structlog.get_logger()

outputs_seen = Counter("darkroom_outputs", "Outputs by what became of them", ["result"])
ingest_seconds = Histogram(
    "darkroom_ingest_seconds",
    "From a delivered output to its committed item",
    buckets=(0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25, 0.5, 1, 2, 5),
)

_ITEMS = Table.metadata.tables[ContentItem.__tablename__]
_GIVEN = (
    "job_id", "user_id", "content_type", "title", "prompt", "negative_prompt", "params",
    "storage_key", "mime_type", "byte_size", "sha256", "width", "height", "tags",
)  # fmt: skip
_MADE_BY_THE_DATABASE = (
    "id", "rating", "is_favorite", "file_missing", "version", "created_at", "deleted_at"
)  # fmt: skip
_UNFINISHED_JOB = Statement(
    select(Job.user_id, Job.job_type, Job.prompt, Job.negative_prompt, Job.tags)
    .where(Job.id == bindparam("job_id"), status_in(UNFINISHED))
    .with_for_update()
)
_INSERT_ITEM = Statement(
    insert(_ITEMS)
    .values({name: bindparam(name) for name in _GIVEN})
    .returning(*(_ITEMS.c[name] for name in _MADE_BY_THE_DATABASE))
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
        the transaction finds its job unfinished, under a lock, and leaves it completed."""
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
        async with quick_transaction(self.sessions) as database:
            content_id = await _complete(database, output, picture)
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


async def _complete(database: Quick, output: Output, picture: Picture) -> int | None:
    """The new item's id. None, and nothing written: the job is final, or there is none."""
    job = next(iter(await database.fetch(_UNFINISHED_JOB, {"job_id": output.job_id})), None)
    if job is None:
        return None
    columns = _columns(job, output, picture)
    (made,) = await database.fetch(_INSERT_ITEM, columns)
    content_id: int = made["id"]
    await reached("content.item_inserted")
    if not await jobs.complete(
        database, output.job_id, content_id=content_id, warnings=list(output.warnings)
    ):
        raise AssertionError("a locked, unfinished job refused its completion")
    await reached("content.job_completed")
    content = content_view_of({**columns, **made})
    announcement = ContentCreated(user_id=job["user_id"], content=content, trace_id=output.trace_id)
    await outbox.announce_in(database, announcement)
    await reached("content.announced")
    return content_id


def _columns(job: Mapping[str, Any], output: Output, picture: Picture) -> dict[str, Any]:
    return {
        "job_id": output.job_id,
        "user_id": job["user_id"],
        "content_type": job["job_type"],
        "title": title_of(job["prompt"]),
        "prompt": job["prompt"],
        "negative_prompt": job["negative_prompt"],
        "params": output.params,
        "storage_key": output.storage_key,
        "mime_type": picture.mime_type,
        "byte_size": output.byte_size,
        "sha256": output.sha256,
        "width": picture.width,
        "height": picture.height,
        "tags": list(dict.fromkeys([*job["tags"], *output.tags])),
    }
