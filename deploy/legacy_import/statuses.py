"""What the legacy statuses mean now; pure."""

from enum import StrEnum

from shared.jobs import JobStatus, JobType


class Fate(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PENDING = "pending"  # dead, unless pending jobs are to be queued again
    UNFINISHED = "unfinished"  # dead


_FATES = {
    "completed": Fate.COMPLETED,
    "failed": Fate.FAILED,
    "error": Fate.FAILED,
    "cancelled": Fate.CANCELLED,
    "canceled": Fate.CANCELLED,
    "pending": Fate.PENDING,
    "processing": Fate.UNFINISHED,
    "running": Fate.UNFINISHED,
    "started": Fate.UNFINISHED,
}
JOB_TYPES: frozenset[str] = frozenset(JobType)
STATUSES: frozenset[str] = frozenset(JobStatus)
_CANCELLED = "cancelled:"
LONGEST_BEGINNING = len(_CANCELLED)


def fate_of(status: str, error_message: str) -> Fate:
    """`error_message`, or its beginning. A status that nobody knows ended nothing."""
    fate = _FATES.get(status.strip().lower(), Fate.UNFINISHED)
    if fate == Fate.FAILED and error_message.lower().startswith(_CANCELLED):
        return Fate.CANCELLED
    return fate


def job_type_of(job_type: str) -> JobType | None:
    """`image_generation` is `image`. None: nothing that Darkroom knows."""
    plain = job_type.strip().lower().removesuffix("_generation")
    return JobType(plain) if plain in JOB_TYPES else None
