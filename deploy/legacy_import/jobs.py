"""Legacy generation jobs, before the merge and after it; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.legacy_import.links import JobFacts
from deploy.legacy_import.paths import normal
from deploy.legacy_import.queries import json_fields, moment, present, relation_of
from deploy.legacy_import.schema import JOBS, Schema
from deploy.legacy_import.statuses import LONGEST_BEGINNING, Fate, fate_of
from deploy.legacy_import.values import in_utc, read_json, text_of
from shared.db.imported import LegacyKey

TODO = "todo"  # what the older application wrote where it had no prompt
COMFYUI_COLUMNS = ("checkpoint_model", "width", "height", "batch_size", "comfyui_prompt_id")


@dataclass(frozen=True, slots=True)
class LegacyJob:
    key: LegacyKey
    user_id: UUID | None
    job_type: str
    fate: Fate
    status: str
    prompt: str
    negative_prompt: str
    request: Any  # the old request, as JSON
    columns: Mapping[str, Any]  # what its own columns say of it
    link: int | None
    error_message: str
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime | None
    bad_dates: tuple[str, ...]
    too_large: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobIndex:
    """One line of a table's index: facts, and by which prompt of ComfyUI it was made."""

    facts: JobFacts
    prompt_id: str | None


def job_of(row: Mapping[str, Any]) -> LegacyJob:
    columns = {name: row[name] for name in (*COMFYUI_COLUMNS, "celery_task_id")}
    return legacy_job(
        JOBS,
        row,
        job_type=row["job_type"] or "",
        request=both(read_json(row["parameters"]), read_json(row["params"])),
        columns=columns | {"lora_models": read_json(row["lora_models"])},
        link=row["content_id"] if row["result_content_id"] is None else row["result_content_id"],
    )


def both(parameters: Any, params: Any) -> Any:
    """The two fields that became one. Where both are there, the later one says how it is."""
    if isinstance(parameters, dict) and isinstance(params, dict):
        return parameters | params
    return parameters if params is None else params


def legacy_job(
    table: str,
    row: Mapping[str, Any],
    *,
    job_type: str,
    request: Any,
    columns: Mapping[str, Any],
    link: int | None = None,
) -> LegacyJob:
    times = {
        name: in_utc(row[name])
        for name in ("created_at", "started_at", "completed_at", "updated_at")
    }
    error_message = text_of(row["error_message"])
    return LegacyJob(
        key=LegacyKey(table, row["id"]),
        user_id=row["user_id"],
        job_type=job_type,
        fate=fate_of(row["status"] or "", error_message),
        status=row["status"] or "",
        prompt=text_of(row["prompt"]),
        negative_prompt=text_of(row["negative_prompt"]),
        request=request,
        columns=columns,
        link=link,
        error_message=error_message,
        created_at=begun_at(times),
        started_at=times["started_at"],
        completed_at=times["completed_at"],
        updated_at=times["updated_at"],
        bad_dates=tuple(row["bad_dates"]),
        too_large=tuple(row["too_large"]),
    )


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def begun_at(times: Mapping[str, datetime | None]) -> datetime:
    """Where `created_at` is no date of this world, the first that is."""
    known = (times.get(name) for name in ("created_at", "started_at", "completed_at", "updated_at"))
    return next((time for time in known if time is not None), EPOCH)


def select_index(schema: Schema) -> str:
    asked = [
        json_fields(schema, JOBS, column, "output_paths", "comfyui_prompt_id")
        for column in ("parameters", "params")
    ]
    link = ", ".join(present(schema, JOBS, name) for name in ("result_content_id", "content_id"))
    return f"""SELECT id::bigint AS id, user_id, status::text AS status,
        left({present(schema, JOBS, "error_message")}, {LONGEST_BEGINNING}) AS error_message,
        coalesce({link}) AS link, {moment(schema, JOBS, "completed_at")} AS completed_at, prompt,
        {present(schema, JOBS, "comfyui_prompt_id")} AS comfyui_prompt_id,
        {asked[0]} AS parameters, {asked[1]} AS params
        FROM {relation_of(schema, JOBS)}"""  # noqa: S608


def index_of(row: Mapping[str, Any]) -> JobIndex:
    asked = both(read_json(row["parameters"]), read_json(row["params"]))
    said = asked if isinstance(asked, dict) else {}
    return job_index(
        JOBS,
        row,
        link=row["link"],
        outputs=paths_in(said.get("output_paths")),
        prompt_id=row["comfyui_prompt_id"] or said.get("comfyui_prompt_id"),
    )


def job_index(
    table: str,
    row: Mapping[str, Any],
    *,
    link: int | None,
    outputs: tuple[str, ...],
    prompt_id: Any,
) -> JobIndex:
    fate = fate_of(row["status"] or "", row["error_message"] or "")
    facts = JobFacts(
        key=LegacyKey(table, row["id"]),
        user_id=row["user_id"],
        is_completed=fate == Fate.COMPLETED,
        link=link,
        completed_at=in_utc(row["completed_at"]),
        prompt=prompt_hash(row["prompt"]),
        outputs=outputs,
    )
    return JobIndex(facts, prompt_id if isinstance(prompt_id, str) and prompt_id else None)


def paths_in(listed: Any) -> tuple[str, ...]:
    """Of JSON that should be a list of paths; each file once."""
    found: dict[str, str] = {}
    for path in listed if isinstance(listed, list) else ():
        if isinstance(path, str) and path.strip():
            found.setdefault(normal(path), path)
    return tuple(found.values())


def prompt_hash(prompt: Any) -> int:
    """0: nothing by which anything is found again."""
    says_something = isinstance(prompt, str) and prompt.strip().lower() not in ("", TODO)
    return hash(text_of(prompt)) or 1 if says_something else 0


def joined(job: JobFacts, request: JobFacts) -> JobFacts:
    """A request that is told of twice: its own table's row adds what the job's has lost."""
    return replace(
        job,
        is_completed=job.is_completed or request.is_completed,
        completed_at=job.completed_at or request.completed_at,
        prompt=job.prompt or request.prompt,
        outputs=paths_in([*job.outputs, *request.outputs]),
    )


def joined_rows(job: LegacyJob, request: LegacyJob) -> LegacyJob:
    fates = (job.fate, request.fate)
    is_completed = Fate.COMPLETED in fates
    return replace(
        job,
        fate=Fate.COMPLETED if is_completed else job.fate,
        prompt=job.prompt or request.prompt,
        negative_prompt=job.negative_prompt or request.negative_prompt,
        request=both(request.request, job.request),
        columns={
            **request.columns,
            **{name: value for name, value in job.columns.items() if value is not None},
        },
        started_at=job.started_at or request.started_at,
        completed_at=job.completed_at or request.completed_at,
        too_large=(*job.too_large, *request.too_large),
    )
