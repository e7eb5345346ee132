"""What an outbox row says, from the row, its event and its job as they are now. Pure."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from shared.db.tables import Job, JobEvent, OutboxRow
from shared.db.views import job_view_at
from shared.jobs import UNFINISHED
from shared.messages import JOB_EVENTS, Drop, Event, Generate, Message

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
COMMAND_COLUMNS = (Job.worker_id, Job.timeout_s, Job.trace_id)
ENDS_AN_ATTEMPT = {"job.retrying", "job.completed", "job.failed", "job.cancelled"}


def message_of(row: OutboxRow, event: JobEvent | None, job: Row[Any] | None) -> Message | None:
    """None: nothing to say any more (its job was removed, or its attempt is over)."""
    if row.body is not None:
        return EVENT.validate_python(row.body)
    if job is None:
        return None
    if row.attempt is not None:
        return generate(job) if _is_current(job, row.attempt) else None
    if event is None:
        return None
    return JOB_EVENTS[event.type].model_validate(
        {"user_id": job.user_id, "job": job_view_at(job, event), "trace_id": job.trace_id}
    )


def _is_current(job: Row[Any], attempt: int) -> bool:
    return job.attempt == attempt and job.status in UNFINISHED and job.worker_id is not None


def generate(job: Row[Any]) -> Generate:
    return Generate(
        worker_id=job.worker_id,
        job_id=job.id,
        attempt=job.attempt,
        user_id=job.user_id,
        workflow=job.params["workflow"],
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        params=job.params,
        timeout_s=job.timeout_s,
        trace_id=job.trace_id,
    )


def drop_for(event: JobEvent) -> Drop | None:
    """For the worker and attempt that the event ended."""
    if event.type not in ENDS_AN_ATTEMPT or event.worker_id is None:
        return None
    return Drop(worker_id=event.worker_id, job_id=event.job_id, attempt=event.attempt)
