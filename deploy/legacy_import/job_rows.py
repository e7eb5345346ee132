"""A legacy job as Darkroom has it; pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from deploy.legacy_import.content import LegacyItem
from deploy.legacy_import.endings import events
from deploy.legacy_import.identity import job_id_of
from deploy.legacy_import.jobs import LegacyJob
from deploy.legacy_import.params import Lifted, legacy_params
from deploy.legacy_import.statuses import JOB_TYPES, STATUSES, Fate, job_type_of
from shared.db.imported import ImportedJob, LegacyKey
from shared.jobs import LEGACY, JobStatus, JobType


def job_row(
    job: LegacyJob,
    lifted: Lifted,
    *,
    user_id: UUID,
    status: JobStatus,
    error: Mapping[str, Any] | None,
) -> ImportedJob:
    """`status`: a final one."""
    rest = lifted.rest | _beside(job, status)
    negative_prompt = job.negative_prompt or _text(rest.pop("negative_prompt", None))
    if rest.get("prompt") == job.prompt:
        del rest["prompt"]
    finished_at = job.completed_at or job.updated_at or job.created_at
    return ImportedJob(
        id=job_id_of(job.key, user_id=user_id, created_at=job.created_at),
        key=job.key,
        user_id=user_id,
        job_type=job_type_of(job.job_type) or JobType.IMAGE,
        status=status,
        prompt=job.prompt,
        negative_prompt=negative_prompt,
        params=legacy_params(lifted.params, rest),
        error=error,
        events=events(status, job.created_at, job.started_at, finished_at, error),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=finished_at,
        updated_at=job.updated_at or finished_at,
    )


def split_from(job: ImportedJob, place: LegacyKey) -> ImportedJob:
    """The job of a further image, which lies at `place` of that job's row."""
    legacy = {**job.params.get(LEGACY, {}), "split_from": job.key.id}
    return replace(
        job,
        id=job_id_of(place, user_id=job.user_id, created_at=job.created_at),
        key=place,
        params={**job.params, LEGACY: legacy},
    )


def job_made_for(
    item: LegacyItem, lifted: Lifted, *, user_id: UUID, job_type: JobType
) -> ImportedJob:
    """A completed job for content that no job made; `lifted` from its metadata."""
    at = item.created_at
    return ImportedJob(
        id=job_id_of(item.key, user_id=user_id, created_at=at),
        key=item.key,
        user_id=user_id,
        job_type=job_type,
        status=JobStatus.COMPLETED,
        prompt=item.prompt,
        negative_prompt=_text(lifted.rest.get("negative_prompt")),
        params=legacy_params(lifted.params, {"made_for_content": item.key.id}),
        error=None,
        events=events(JobStatus.COMPLETED, at, None, at, None),
        created_at=at,
        started_at=None,
        finished_at=at,
        updated_at=at,
    )


def job_changes(job: LegacyJob, lifted: Lifted) -> tuple[str, ...]:
    said = {
        "job type": job.job_type not in JOB_TYPES,
        "status": job.status not in STATUSES,
        "random seed (-1) left out": lifted.has_random_seed,
        "raw history entry left out": lifted.dropped_history,
        "date out of range": bool(job.bad_dates),
    }
    return tuple(words for words, is_so in said.items() if is_so)


def _beside(job: LegacyJob, status: JobStatus) -> dict[str, Any]:
    """What has no column any more, and is not said by the status."""
    kept: dict[str, Any] = {}
    if job.error_message and job.fate != Fate.FAILED:
        kept["error_message"] = job.error_message
    if job_type_of(job.job_type) is None:
        kept["job_type"] = job.job_type
    if job.status not in STATUSES:
        kept["status"] = job.status
    if job.link is not None and status != JobStatus.COMPLETED:
        kept["content_id"] = job.link
    return kept


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
