"""The life of a job: every status, and every legal move between them, is written here.

pending ──claim──▶ running ──output──▶ completed     pending ──output, earlier attempt──▶ completed
   ▲  │              │  │
   │  └──cancel──▶ cancelled ◀──cancel               pending, running ──permanent──▶ failed
   └── new attempt ──┘

A pending job that was given to a worker may be taken back: it stays pending, with a new attempt.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NewType
from uuid import UUID

JobId = NewType("JobId", UUID)

LEGACY = "legacy"  # in `params`: what an imported job knew besides, and no workflow is asked for


class JobType(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class JobStatus(StrEnum):
    PENDING = "pending"  # accepted; waiting for a worker, or given to one that has not begun
    RUNNING = "running"  # a worker was told to go
    COMPLETED = "completed"  # its image is in the gallery
    FAILED = "failed"  # given up; `error` says why
    CANCELLED = "cancelled"  # its owner stopped it


class Phase(StrEnum):
    """Where an attempt is, as its worker last said."""

    WAITING = "waiting"  # received, no claim answered yet
    CLAIMED = "claimed"  # told to go, not yet in ComfyUI
    SUBMITTED = "submitted"  # in ComfyUI's queue
    RENDERING = "rendering"  # ComfyUI runs it
    STORED = "stored"  # its image is in the media store


class FailureCode(StrEnum):
    """Why an attempt failed. What follows from each is in services/dispatcher/verdicts.py."""

    REFUSED = "refused"
    EXECUTION_ERROR = "execution_error"
    TIMED_OUT = "timed_out"
    BAD_IMAGE = "bad_image"
    OUT_OF_MEMORY = "out_of_memory"
    LOST = "lost"
    OUTPUT_MISSING = "output_missing"
    TORN_IMAGE = "torn_image"
    UNDELIVERABLE = "undeliverable"
    DEVICE_ERROR = "device_error"
    UNREACHABLE = "unreachable"
    HANDED_BACK = "handed_back"
    INTERRUPTED_IN_COMFYUI = "interrupted_in_comfyui"
    WORKER_SILENT = "worker_silent"
    TAKEN_BACK = "taken_back"


TRANSITIONS: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset(JobStatus),
    JobStatus.RUNNING: frozenset(JobStatus) - {JobStatus.RUNNING},
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}

FINAL = frozenset(status for status, moves in TRANSITIONS.items() if not moves)
UNFINISHED = frozenset(JobStatus) - FINAL

# The event that each move is told as. `job.retrying` is the move (back) to pending.
EVENT_OF: dict[JobStatus, str] = {
    JobStatus.PENDING: "job.retrying",
    JobStatus.RUNNING: "job.running",
    JobStatus.COMPLETED: "job.completed",
    JobStatus.FAILED: "job.failed",
    JobStatus.CANCELLED: "job.cancelled",
}
STATUS_OF = {event: status for status, event in EVENT_OF.items()} | {
    "job.created": JobStatus.PENDING
}


def sources_of(target: JobStatus) -> frozenset[JobStatus]:
    """The statuses a job may have just before it enters `target`."""
    return frozenset(status for status, moves in TRANSITIONS.items() if target in moves)


def without_legacy(params: Mapping[str, Any]) -> dict[str, Any]:
    """What shaped the result, as a workflow is asked for it."""
    return {name: value for name, value in params.items() if name != LEGACY}
