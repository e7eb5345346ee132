"""What an import writes: users, and jobs with their content, from another application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.jobs import JobStatus, JobType


class LegacyKey(NamedTuple):
    table: str
    id: int


@dataclass(frozen=True, slots=True)
class ImportedUser:
    id: UUID
    name: str
    legacy_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    type: str
    at: datetime
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ImportedJob:
    id: UUID
    key: LegacyKey
    user_id: UUID
    job_type: JobType
    status: JobStatus
    prompt: str
    negative_prompt: str
    params: Mapping[str, Any]
    error: Mapping[str, Any] | None
    events: Sequence[ImportedEvent]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    attempt: int = 0  # none of Darkroom's own
    needs: Sequence[str] = ()
    timeout_s: int = 600
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What an item knows of its file. `is_missing`: there is none under that key."""

    storage_key: str
    mime_type: str
    byte_size: int
    sha256: str
    width: int | None = None
    height: int | None = None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class ImportedItem:
    key: LegacyKey
    wanted_id: int | None  # its id so far, kept if nothing else has it
    user_id: UUID
    content_type: JobType
    title: str
    prompt: str
    negative_prompt: str
    params: Mapping[str, Any]
    tags: Sequence[str]
    is_favorite: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ImportedUnit:
    """A job, and where it is completed its item with its file."""

    job: ImportedJob
    item: ImportedItem | None = None
    file: StoredFile | None = None


@dataclass(frozen=True, slots=True)
class KnownItem:
    id: int
    job_id: UUID | None
    file_missing: bool
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What is already there of some units."""

    jobs: Mapping[LegacyKey, UUID] = field(default_factory=dict)
    items: Mapping[LegacyKey, KnownItem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnownUser:
    id: UUID
    name: str
    legacy_id: UUID | None
