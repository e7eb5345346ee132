"""How an imported job ended, and what is told of it; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from deploy.legacy_import.identity import job_id_of
from deploy.legacy_import.jobs import LegacyJob
from deploy.legacy_import.statuses import Fate
from shared.db.imported import ImportedEvent, ImportedJob, ImportedUnit, LegacyKey
from shared.jobs import EVENT_OF, LEGACY, JobStatus

UNFINISHED = "imported_unfinished"
WITHOUT_CONTENT = "imported_without_content"
FAILED = "imported_failed"


def without_content(job: ImportedJob, why: str) -> ImportedUnit:
    """A job that was completed, and whose image is not its own."""
    return ImportedUnit(failed(job, WITHOUT_CONTENT, why))


def failed(job: ImportedJob, code: str, why: str) -> ImportedJob:
    error = error_of(code, why)
    finished_at = job.finished_at or job.created_at
    told = events(JobStatus.FAILED, job.created_at, job.started_at, finished_at, error)
    return replace(job, status=JobStatus.FAILED, error=error, events=told, finished_at=finished_at)


def ending(job: LegacyJob, lost_to: LegacyKey | None) -> tuple[JobStatus, Mapping[str, Any] | None]:
    match job.fate:
        case Fate.CANCELLED:
            return JobStatus.CANCELLED, None
        case Fate.FAILED:
            said = job.error_message or "It failed, and the older application did not say why."
            return JobStatus.FAILED, error_of(FAILED, said)
        case Fate.PENDING | Fate.UNFINISHED:
            said = f"It was {job.status or 'without a status'} when the older application ended."
            return JobStatus.FAILED, error_of(UNFINISHED, said)
        case Fate.COMPLETED:
            said = "It was completed, and nothing tells which image it made."
            if lost_to is not None:
                said = f"Its image is that of {lost_to.table} {lost_to.id}, which another job made."
            return JobStatus.FAILED, error_of(WITHOUT_CONTENT, said)


def error_of(code: str, message: str) -> dict[str, Any]:
    return {
        "code": code, "message": message, "node_id": None, "node_type": None, "retryable": True,
    }  # fmt: skip


def events(
    status: JobStatus,
    created_at: datetime,
    started_at: datetime | None,
    finished_at: datetime | None,
    error: Mapping[str, Any] | None,
) -> list[ImportedEvent]:
    told = [ImportedEvent("job.created", created_at)]
    if finished_at is not None:
        if started_at is not None:
            told.append(ImportedEvent(EVENT_OF[JobStatus.RUNNING], started_at))
        told.append(ImportedEvent(EVENT_OF[status], finished_at, error))
    return told


def with_another_job(unit: ImportedUnit) -> ImportedUnit:
    """For an item whose job was imported before there was an item: it gets one of its own."""
    item, job = unit.item, unit.job
    assert item is not None  # noqa: S101
    legacy = {**job.params.get(LEGACY, {}), "made_for_content": item.key.id}
    another = replace(
        job,
        id=job_id_of(item.key, user_id=item.user_id, created_at=item.created_at),
        key=item.key,
        params={**job.params, LEGACY: legacy},
    )
    return replace(unit, job=another)
