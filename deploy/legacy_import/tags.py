"""The tags that tables of their own give to content; pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from deploy.legacy_import.content import tidy_names
from deploy.legacy_import.schema import ITEMS, ITEMS_AUTO
from deploy.legacy_import.values import text_of
from shared.db.imported import LegacyKey

SOURCES = {ITEMS: ("regular", "items"), ITEMS_AUTO: ("auto",)}  # as `content_source` says it

SELECT_OF = """SELECT link.content_id::bigint AS content_id, array_agg(tags.name::text) AS names
    FROM content_tags AS link JOIN tags ON tags.id = link.tag_id
    WHERE link.content_source = ANY($1) AND link.content_id = ANY($2) GROUP BY 1"""
SELECT_LINKS = """SELECT link.content_id::bigint AS content_id, link.content_source::text AS source,
    tags.id IS NOT NULL AS has_tag
    FROM content_tags AS link LEFT JOIN tags ON tags.id = link.tag_id"""


def tags_of(rows: Iterable[Mapping[str, Any]], table: str) -> dict[LegacyKey, list[str]]:
    return {
        LegacyKey(table, row["content_id"]): tidy_names(
            sorted(text_of(name) for name in row["names"] if name)
        )
        for row in rows
    }


def table_of(source: str | None) -> str | None:
    return next((table for table, names in SOURCES.items() if source in names), None)


def unusable_link(row: Mapping[str, Any], known: Collection[LegacyKey]) -> str | None:
    if LegacyKey(table_of(row["source"]) or "", row["content_id"]) not in known:
        return f"tag of {row['source']} content that is not there"
    return None if row["has_tag"] else "tag that is not there"
