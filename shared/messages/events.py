"""Dispatcher → every notifier: what the database has committed."""

from typing import Literal
from uuid import UUID

from shared.jobs import JobId
from shared.messages.base import Message
from shared.views import ContentView, JobView


class JobEvent(Message):
    """A job as it was right after one transition; `job.version` orders them."""

    user_id: UUID
    job: JobView


class JobCreated(JobEvent):
    type: Literal["job.created"] = "job.created"
    v: Literal[1] = 1


class JobRunning(JobEvent):
    type: Literal["job.running"] = "job.running"
    v: Literal[1] = 1


class JobRetrying(JobEvent):
    type: Literal["job.retrying"] = "job.retrying"
    v: Literal[1] = 1


class JobCompleted(JobEvent):
    type: Literal["job.completed"] = "job.completed"
    v: Literal[1] = 1


class JobFailed(JobEvent):
    type: Literal["job.failed"] = "job.failed"
    v: Literal[1] = 1


class JobCancelled(JobEvent):
    type: Literal["job.cancelled"] = "job.cancelled"
    v: Literal[1] = 1


class JobDeleted(Message):
    """A final job was removed; no event row is left of it."""

    type: Literal["job.deleted"] = "job.deleted"
    v: Literal[1] = 1
    user_id: UUID
    job_id: JobId


class ContentCreated(Message):
    type: Literal["content.created"] = "content.created"
    v: Literal[1] = 1
    user_id: UUID
    content: ContentView


class ContentUpdated(Message):
    """Also told when thumbnails were made."""

    type: Literal["content.updated"] = "content.updated"
    v: Literal[1] = 1
    user_id: UUID
    content: ContentView


class ContentDeleted(Message):
    type: Literal["content.deleted"] = "content.deleted"
    v: Literal[1] = 1
    user_id: UUID
    content_id: int
    version: int


Event = (
    JobCreated
    | JobRunning
    | JobRetrying
    | JobCompleted
    | JobFailed
    | JobCancelled
    | JobDeleted
    | ContentCreated
    | ContentUpdated
    | ContentDeleted
)
JOB_EVENTS: dict[str, type[JobEvent]] = {
    event.type_name(): event
    for event in (JobCreated, JobRunning, JobRetrying, JobCompleted, JobFailed, JobCancelled)
}
