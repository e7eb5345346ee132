"""Legacy ComfyUI requests: jobs of type image, with numbers of their own; pure."""

from collections.abc import Mapping
from typing import Any

from deploy.legacy_import.jobs import (
    COMFYUI_COLUMNS,
    JobIndex,
    LegacyJob,
    job_index,
    legacy_job,
    paths_in,
)
from deploy.legacy_import.queries import LARGEST_VALUE, moment, present, relation_of
from deploy.legacy_import.schema import REQUESTS, Schema
from deploy.legacy_import.statuses import LONGEST_BEGINNING
from deploy.legacy_import.values import read_json


def request_of(row: Mapping[str, Any]) -> LegacyJob:
    columns = {name: row[name] for name in COMFYUI_COLUMNS}
    said = {
        name: read_json(row[name]) for name in ("sampler_params", "output_paths", "thumbnail_paths")
    }
    return legacy_job(
        REQUESTS,
        row,
        job_type="image",
        request={name: value for name, value in said.items() if value is not None},
        columns=columns | {"lora_models": read_json(row["lora_models"])},
    )


def select_index(schema: Schema) -> str:
    return f"""SELECT id::bigint AS id, user_id, status::text AS status,
        left({present(schema, REQUESTS, "error_message")}, {LONGEST_BEGINNING}) AS error_message,
        {moment(schema, REQUESTS, "completed_at")} AS completed_at, prompt,
        {present(schema, REQUESTS, "comfyui_prompt_id")} AS comfyui_prompt_id,
        CASE WHEN octet_length(output_paths::text) <= {LARGEST_VALUE}
            THEN output_paths::text END AS output_paths
        FROM {relation_of(schema, REQUESTS)}"""  # noqa: S608


def index_of(row: Mapping[str, Any]) -> JobIndex:
    return job_index(
        REQUESTS,
        row,
        link=None,
        outputs=paths_in(read_json(row["output_paths"])),
        prompt_id=row["comfyui_prompt_id"],
    )
