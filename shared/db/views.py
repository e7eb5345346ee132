"""Rows → what people are shown (shared/views.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from shared.db.tables import ContentItem, Job
from shared.jobs import FINAL, STATUS_OF, JobStatus
from shared.views import ContentView, JobError, JobView, WaitingFor, image_url, thumbnail_url

LARGEST_SAFE_INTEGER = 2**53 - 1

JOB_COLUMNS = (
    Job.id,
    Job.user_id,
    Job.job_type,
    Job.status,
    Job.prompt,
    Job.negative_prompt,
    Job.params,
    Job.tags,
    Job.priority,
    Job.attempt,
    Job.progress,
    Job.content_id,
    Job.error,
    Job.warnings,
    Job.retry_of,
    Job.version,
    Job.created_at,
    Job.started_at,
    Job.finished_at,
    Job.updated_at,
    ContentItem.sha256,
    ContentItem.file_missing,
    ContentItem.deleted_at.label("content_deleted_at"),
)


_JOB_FIELDS = [column.key for column in JOB_COLUMNS if column.key in JobView.model_fields]


def select_jobs() -> Select[Any]:
    """Jobs with what their view needs of their content."""
    return select(*JOB_COLUMNS).outerjoin(ContentItem, ContentItem.id == Job.content_id)


def job_view(
    row: Row[Any], *, queue_position: int | None = None, waiting_for: WaitingFor | None = None
) -> JobView:
    """Of a row of `select_jobs()`."""
    fields = _fields(row._mapping)
    return JobView(**fields, queue_position=queue_position, waiting_for=waiting_for)


@dataclass(frozen=True)
class Moment:
    """What an event row says of its job."""

    type: str
    version: int
    attempt: int
    at: datetime


def job_view_at(row: Mapping[Any, Any], event: Moment) -> JobView:
    """The job as it was right after `event`, told from its present row of JOB_COLUMNS.

    Exact, because what changes with a transition is either in the event or final: a job that has
    moved on since was not final then."""
    fields = _fields(row)
    status = STATUS_OF[event.type]
    if event.version < row["version"]:
        fields |= {
            "content_id": None,
            "error": None,
            "finished_at": None,
            "content_deleted_at": None,
        }
        fields |= {"image_url": None, "thumbnail_url": None, "progress": None}
    if status == JobStatus.PENDING:
        fields |= {"started_at": None, "progress": None}
    attempt = event.attempt + 1 if event.type == "job.retrying" else event.attempt
    fields |= {"status": status, "version": event.version, "attempt": attempt}
    return JobView(**fields | {"updated_at": event.at})


def _fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    fields = {name: row[name] for name in _JOB_FIELDS}
    content_id, sha256 = row["content_id"], row["sha256"]
    if content_id is not None and row["content_deleted_at"] is None and not row["file_missing"]:
        fields["image_url"] = image_url(content_id, sha256)
        fields["thumbnail_url"] = thumbnail_url(content_id, "medium", sha256)
    if row["error"] is not None:
        fields["error"] = JobError(**row["error"])
    fields["params"] = _shown(row["params"])
    if row["status"] in FINAL and row["status"] != JobStatus.COMPLETED:
        fields["progress"] = None
    return fields


def _shown(params: dict[str, Any]) -> dict[str, Any]:
    """An imported seed may be larger than JavaScript can hold: such a one is told as a string."""
    seed = params.get("seed")
    if isinstance(seed, int) and abs(seed) > LARGEST_SAFE_INTEGER:
        return params | {"seed": str(seed)}
    return params


def content_view(item: ContentItem) -> ContentView:
    return content_view_of({name: getattr(item, name) for name in _CONTENT_COLUMNS})


def content_view_of(item: Mapping[str, Any]) -> ContentView:
    """All three thumbnail addresses always work: until one is made it leads to the original."""
    content_id, sha256 = item["id"], item["sha256"]
    present = item["deleted_at"] is None and not item["file_missing"]
    sizes = ("small", "medium", "large") if present else ()
    addresses = {size: thumbnail_url(content_id, size, sha256) for size in sizes}
    shown = {name: item[name] for name in _CONTENT_FIELDS}
    return ContentView(
        **shown | {"params": _shown(item["params"])},
        image_url=image_url(content_id, sha256) if present else None,
        thumbnail_url=addresses.get("medium"),
        thumbnails=addresses,
    )


_CONTENT_FIELDS = [name for name in ContentView.model_fields if name in ContentItem.__table__.c]
_CONTENT_COLUMNS = [*_CONTENT_FIELDS, "deleted_at"]
