"""What services say to each other: `from shared.messages import Generate`."""

from shared.messages.base import MalformedMessage, Message
from shared.messages.events import (
    JOB_EVENTS,
    ContentCreated,
    ContentDeleted,
    ContentUpdated,
    Event,
    JobCancelled,
    JobCompleted,
    JobCreated,
    JobDeleted,
    JobEvent,
    JobFailed,
    JobRetrying,
    JobRunning,
)
from shared.messages.reports import Claim, Failed, Heartbeat, HeldAttempt, Output, Progress
from shared.messages.work import AttemptRef, Control, Drop, Generate, Go, Yours

__all__ = [
    "JOB_EVENTS",
    "AttemptRef",
    "Claim",
    "ContentCreated",
    "ContentDeleted",
    "ContentUpdated",
    "Control",
    "Drop",
    "Event",
    "Failed",
    "Generate",
    "Go",
    "Heartbeat",
    "HeldAttempt",
    "JobCancelled",
    "JobCompleted",
    "JobCreated",
    "JobDeleted",
    "JobEvent",
    "JobFailed",
    "JobRetrying",
    "JobRunning",
    "MalformedMessage",
    "Message",
    "Output",
    "Progress",
    "Yours",
]
