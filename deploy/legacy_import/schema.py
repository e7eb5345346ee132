"""Which tables and columns a legacy database has, and so which stage it is in; pure.

| stage | how to tell |
| --- | --- |
| A | `generation_jobs.parameters`, no `comfyui_generation_requests` |
| B | both tables, before the merge |
| C | merged `generation_jobs`, and the old requests beside it |
| D | merged jobs only; tags are JSON |
| E | `tags` and `content_tags` |
| F | `content_items_all`, `bookmarks` |

What is read follows from the single columns; the letter is for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Refused

JOBS, REQUESTS, USERS = "generation_jobs", "comfyui_generation_requests", "users"
ITEMS, ITEMS_AUTO, ITEMS_ALL = "content_items", "content_items_auto", "content_items_all"
CONTENT_TABLES, JOB_TABLES = (ITEMS, ITEMS_AUTO), (JOBS, REQUESTS)
TAGS, CONTENT_TAGS, BOOKMARKS = "tags", "content_tags", "bookmarks"


class Kind(StrEnum):
    INT = "int"
    UUID = "uuid"
    TEXT = "text"
    JSON = "json"
    TIME = "time"
    BOOL = "bool"
    FLOAT = "float"


TYPES: dict[Kind, frozenset[str]] = {
    Kind.INT: frozenset({"smallint", "integer", "bigint"}),
    Kind.UUID: frozenset({"uuid"}),
    Kind.TEXT: frozenset({"character varying", "text", "character"}),
    Kind.JSON: frozenset({"json", "jsonb"}),
    Kind.TIME: frozenset({"timestamp without time zone", "timestamp with time zone"}),
    Kind.BOOL: frozenset({"boolean"}),
    Kind.FLOAT: frozenset({"real", "double precision", "numeric"}),
}

Columns = Mapping[str, Kind]

_TIMES: Columns = {
    "created_at": Kind.TIME,
    "updated_at": Kind.TIME,
    "started_at": Kind.TIME,
    "completed_at": Kind.TIME,
}
_COMFYUI: Columns = {
    "negative_prompt": Kind.TEXT,
    "checkpoint_model": Kind.TEXT,
    "lora_models": Kind.JSON,
    "width": Kind.INT,
    "height": Kind.INT,
    "batch_size": Kind.INT,
    "comfyui_prompt_id": Kind.TEXT,
}
_ITEM: Columns = {
    "id": Kind.INT,
    "title": Kind.TEXT,
    "content_type": Kind.TEXT,
    "content_data": Kind.TEXT,
    "item_metadata": Kind.JSON,
    "creator_id": Kind.UUID,
    "created_at": Kind.TIME,
    "updated_at": Kind.TIME,
    "tags": Kind.JSON,
    "quality_score": Kind.FLOAT,
    "is_private": Kind.BOOL,
    "path_thumb": Kind.TEXT,
    "prompt": Kind.TEXT,
    "path_thumbs_alt_res": Kind.JSON,
}
KNOWN: Mapping[str, Columns] = {
    JOBS: {
        "id": Kind.INT,
        "user_id": Kind.UUID,
        "job_type": Kind.TEXT,
        "prompt": Kind.TEXT,
        "parameters": Kind.JSON,
        "params": Kind.JSON,
        "status": Kind.TEXT,
        "result_content_id": Kind.INT,
        "content_id": Kind.INT,
        "celery_task_id": Kind.TEXT,
        "error_message": Kind.TEXT,
        **_COMFYUI,
        **_TIMES,
    },
    REQUESTS: {
        "id": Kind.INT,
        "user_id": Kind.UUID,
        "prompt": Kind.TEXT,
        "sampler_params": Kind.JSON,
        "status": Kind.TEXT,
        "output_paths": Kind.JSON,
        "thumbnail_paths": Kind.JSON,
        "error_message": Kind.TEXT,
        **_COMFYUI,
        **_TIMES,
    },
    ITEMS: _ITEM,
    ITEMS_AUTO: _ITEM,
    ITEMS_ALL: {**_ITEM, "source_type": Kind.TEXT},
    USERS: {
        "id": Kind.UUID,
        "username": Kind.TEXT,
        "email": Kind.TEXT,
        "created_at": Kind.TIME,
        "updated_at": Kind.TIME,
        "preferences": Kind.JSON,
        "is_active": Kind.BOOL,
    },
    TAGS: {"id": Kind.UUID, "name": Kind.TEXT},
    CONTENT_TAGS: {"content_id": Kind.INT, "content_source": Kind.TEXT, "tag_id": Kind.UUID},
    BOOKMARKS: {
        "id": Kind.UUID,
        "user_id": Kind.UUID,
        "content_id": Kind.INT,
        "content_source_type": Kind.TEXT,
        "deleted_at": Kind.TIME,
    },
}
NEEDED: Mapping[str, frozenset[str]] = {
    JOBS: frozenset({"id", "user_id", "job_type", "prompt", "status", "created_at"}),
    REQUESTS: frozenset({"id", "user_id", "prompt", "status", "output_paths", "created_at"}),
    ITEMS: frozenset({"id", "content_type", "content_data", "creator_id", "created_at"}),
    USERS: frozenset({"id", "username"}),
    TAGS: frozenset({"id", "name"}),
    CONTENT_TAGS: frozenset({"content_id", "content_source", "tag_id"}),
    BOOKMARKS: frozenset({"user_id", "content_id", "content_source_type"}),
}
NEEDED_OF_ALL = NEEDED[ITEMS] | {"source_type"}


class WrongSchema(Refused):
    """Not a legacy database, or only a part of one."""

    code = "wrong_schema"


Found = Mapping[str, Mapping[str, str]]  # table → column → PostgreSQL's name of its type


@dataclass(frozen=True)
class Schema:
    stage: str
    found: Found

    def has(self, table: str) -> bool:
        return table in self.found or (self.is_partitioned and table in CONTENT_TABLES)

    @property
    def is_partitioned(self) -> bool:
        return ITEMS_ALL in self.found

    @property
    def has_tag_tables(self) -> bool:
        return self.has(TAGS) and self.has(CONTENT_TAGS)


def schema_of(found: Found) -> Schema:
    """Raises WrongSchema, with everything that is wrong."""
    if JOBS in found and found[JOBS].get("id") == "uuid":
        raise WrongSchema("that is a database of Darkroom, not of the older application")
    is_partitioned = ITEMS_ALL in found
    items = (ITEMS_ALL,) if is_partitioned else CONTENT_TABLES
    faults = [f"there is no table {table}" for table in (JOBS, USERS, *items) if table not in found]
    if len(faults) == 2 + len(items):
        raise WrongSchema("there is nothing of the older application in that database")
    if JOBS in found and not {"parameters", "params"} & set(found[JOBS]):
        faults.append(f"{JOBS} has neither parameters nor params")
    for table in [name for name in KNOWN if name in found]:
        if not (is_partitioned and table in CONTENT_TABLES):
            faults += _column_faults(table, found[table])
    if (TAGS in found) != (CONTENT_TAGS in found):
        faults.append(f"there is only one of {TAGS} and {CONTENT_TAGS}")
    if faults:
        raise WrongSchema("this is no whole legacy database: " + "; ".join(faults))
    return Schema(_stage(found), found)


def _column_faults(table: str, columns: Mapping[str, str]) -> list[str]:
    needed = NEEDED_OF_ALL if table == ITEMS_ALL else NEEDED.get(table, NEEDED[ITEMS])
    missing = [f"{table} has no column {name}" for name in sorted(needed - set(columns))]
    wrong = [
        f"{table}.{name} is {columns[name]}, not {' or '.join(sorted(TYPES[kind]))}"
        for name, kind in KNOWN[table].items()
        if name in columns and columns[name] not in TYPES[kind]
    ]
    return missing + wrong


def _stage(found: Found) -> str:
    if ITEMS_ALL in found or BOOKMARKS in found:
        return "F"
    if TAGS in found:
        return "E"
    if "parameters" in found[JOBS]:
        return "B" if REQUESTS in found else "A"
    return "C" if REQUESTS in found else "D"
