"""Legacy content rows of both tables; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from deploy.legacy_import.jobs import TODO, begun_at, prompt_hash
from deploy.legacy_import.links import ItemFacts
from deploy.legacy_import.paths import LONGEST_PATH, is_path
from deploy.legacy_import.queries import json_fields, moment, relation_of
from deploy.legacy_import.schema import Schema
from deploy.legacy_import.values import in_utc, read_json, text_of
from shared.db.imported import LegacyKey


@dataclass(frozen=True, slots=True)
class LegacyItem:
    key: LegacyKey
    user_id: UUID | None
    content_type: str
    title: str
    data: str  # a path, or the text itself
    prompt: str
    metadata: Any
    beside: Mapping[str, Any]  # what Darkroom has no column for
    tags: Sequence[str]
    created_at: datetime
    bad_dates: tuple[str, ...]
    too_large: tuple[str, ...]


def item_of(row: Mapping[str, Any], *, table: str) -> LegacyItem:
    times = {name: in_utc(row[name]) for name in ("created_at", "updated_at")}
    metadata = read_json(row["item_metadata"])
    return LegacyItem(
        key=LegacyKey(table, row["id"]),
        user_id=row["creator_id"],
        content_type=row["content_type"] or "",
        title=text_of(row["title"]).strip(),
        data=text_of(row["content_data"]),
        prompt=_prompt(text_of(row["prompt"]), metadata),
        metadata=metadata,
        beside={
            "quality_score": row["quality_score"],
            "is_private": row["is_private"],
            "path_thumb": row["path_thumb"],
            "path_thumbs_alt_res": read_json(row["path_thumbs_alt_res"]),
        },
        tags=names_in(read_json(row["tags"])),
        created_at=begun_at(times),
        bad_dates=tuple(row["bad_dates"]),
        too_large=tuple(row["too_large"]),
    )


def _prompt(prompt: str, metadata: Any) -> str:
    """The real one is in the metadata where the column says `todo`."""
    told = metadata.get("prompt") if isinstance(metadata, dict) else None
    has_one = prompt.strip().lower() not in ("", TODO)
    return told if not has_one and isinstance(told, str) and told else prompt


def names_in(tags: Any) -> list[str]:
    """Of JSON that should be a list of names. Order is kept, doubles are not."""
    listed = tags if isinstance(tags, list) else []
    return tidy_names([name for name in listed if isinstance(name, str)])


def tidy_names(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(tidy for name in names if (tidy := name.strip())))


def metadata_tags(item: LegacyItem) -> list[str]:
    return names_in(item.metadata.get("tags")) if isinstance(item.metadata, dict) else []


def select_index(schema: Schema, table: str) -> str:
    return f"""SELECT id::bigint AS id, creator_id,
        left(content_data, {LONGEST_PATH + 1}) AS content_data,
        {moment(schema, table, "created_at")} AS created_at,
        {moment(schema, table, "updated_at")} AS updated_at,
        {json_fields(schema, table, "item_metadata", "prompt")} AS item_metadata
        FROM {relation_of(schema, table)}"""  # noqa: S608


def index_of(row: Mapping[str, Any], *, table: str) -> ItemFacts:
    data = text_of(row["content_data"])
    metadata = read_json(row["item_metadata"])
    return ItemFacts(
        key=LegacyKey(table, row["id"]),
        user_id=row["creator_id"],
        path=data if is_path(data) else "",
        prompt=prompt_hash(metadata.get("prompt") if isinstance(metadata, dict) else None),
        created_at=begun_at({name: in_utc(row[name]) for name in ("created_at", "updated_at")}),
    )
