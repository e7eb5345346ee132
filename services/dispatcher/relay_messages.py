"""What an outbox row says, from the row, its event and its job as they are now. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, literal_column, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from shared.db.tables import ContentItem, Job, JobEvent, OutboxRow
from shared.db.views import JOB_COLUMNS, Moment, job_view_at
from shared.jobs import UNFINISHED, JobId
from shared.messages import (
    JOB_EVENTS,
    ContentCreated,
    ContentDeleted,
    ContentUpdated,
    Drop,
    Generate,
    JobDeleted,
    Message,
)
from shared.messages.base import decode

Row = Mapping[str, Any]

BATCH = 200

WITH_A_BODY: dict[str, type[Message]] = {
    message.type_name(): message
    for message in (JobDeleted, ContentCreated, ContentUpdated, ContentDeleted)
}
ENDS_AN_ATTEMPT = {"job.retrying", "job.completed", "job.failed", "job.cancelled"}

_OF_THE_EVENT = ("type", "version", "attempt", "worker_id", "at")
_OF_THE_JOB = (
    *(column.key for column in JOB_COLUMNS if column.key in Job.__table__.c),
    *("worker_id", "timeout_s", "trace_id"),
)

_FIRST = select(OutboxRow).order_by(OutboxRow.id).limit(literal_column(str(BATCH))).subquery()


def _one(columns: Iterable[Any], *conditions: ColumnElement[bool]) -> LateralFromClause:
    """Looked up for each row. A join would be planned for the rows that statistics expect, and
    read whole tables for the two or three that there are."""
    return select(*columns).where(*conditions).limit(literal_column("1")).lateral()


_EVENT = _one(
    JobEvent.__table__.c,
    JobEvent.job_id == _FIRST.c.job_id,
    JobEvent.version == _FIRST.c.version,
)
_JOB = _one(Job.__table__.c, Job.id == _FIRST.c.job_id)
_CONTENT = _one(ContentItem.__table__.c, ContentItem.id == _JOB.c.content_id)

ROWS = (
    select(
        _FIRST.c.id.label("row_id"),
        _FIRST.c.job_id.label("row_job_id"),
        _FIRST.c.attempt.label("row_attempt"),
        cast(_FIRST.c.body, Text).label("row_body"),
        *(_EVENT.c[name].label(f"event_{name}") for name in _OF_THE_EVENT),
        *(_JOB.c[name] for name in _OF_THE_JOB),
        _CONTENT.c.sha256,
        _CONTENT.c.file_missing,
        _CONTENT.c.deleted_at.label("content_deleted_at"),
    )
    .select_from(
        _FIRST.outerjoin(_EVENT, true()).outerjoin(_JOB, true()).outerjoin(_CONTENT, true())
    )
    .order_by(_FIRST.c.id)
)


def message_of(row: Row) -> Message | None:
    """None: nothing to say any more (its job was removed, or its attempt is over)."""
    if row["row_body"] is not None:
        return decode(row["row_body"].encode(), WITH_A_BODY)
    if row["id"] is None:
        return None
    if row["row_attempt"] is not None:
        return _generate(row) if _is_current(row) else None
    if row["event_type"] is None:
        return None
    event = Moment(row["event_type"], row["event_version"], row["event_attempt"], row["event_at"])
    return JOB_EVENTS[event.type].model_validate(
        {"user_id": row["user_id"], "job": job_view_at(row, event), "trace_id": row["trace_id"]}
    )


def chain_of(message: Message | None, row: Row) -> object:
    """Rows of one chain are sent one after another."""
    match message:
        case ContentCreated() | ContentUpdated():
            return message.content.id
        case ContentDeleted():
            return message.content_id
        case JobDeleted():
            return message.job_id
        case _:
            return row["row_job_id"]


def drop_for(row: Row) -> Drop | None:
    """For the worker and attempt that the event ended."""
    if row["event_type"] not in ENDS_AN_ATTEMPT or row["event_worker_id"] is None:
        return None
    return Drop(
        worker_id=row["event_worker_id"],
        job_id=JobId(row["row_job_id"]),
        attempt=row["event_attempt"],
    )


def _is_current(row: Row) -> bool:
    return (
        row["attempt"] == row["row_attempt"]
        and row["status"] in UNFINISHED
        and row["worker_id"] is not None
    )


def _generate(job: Row) -> Generate:
    return Generate(
        worker_id=job["worker_id"],
        job_id=job["id"],
        attempt=job["attempt"],
        user_id=job["user_id"],
        workflow=job["params"]["workflow"],
        prompt=job["prompt"],
        negative_prompt=job["negative_prompt"],
        params=job["params"],
        timeout_s=job["timeout_s"],
        trace_id=job["trace_id"],
    )
