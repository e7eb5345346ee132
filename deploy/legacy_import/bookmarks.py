"""Legacy bookmarks: the owner's own make an item a favorite; pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from deploy.legacy_import.queries import present, relation_of
from deploy.legacy_import.schema import BOOKMARKS, Schema
from deploy.legacy_import.tags import table_of
from shared.db.imported import LegacyKey


def select_all(schema: Schema) -> str:
    return f"""SELECT user_id, content_id::bigint AS content_id,
        content_source_type::text AS source,
        {present(schema, BOOKMARKS, "deleted_at")} IS NOT NULL AS is_deleted
        FROM {relation_of(schema, BOOKMARKS)}"""  # noqa: S608


def bookmarked(row: Mapping[str, Any], owners: Mapping[LegacyKey, UUID]) -> LegacyKey | str:
    """The item that it makes a favorite, or why it makes none."""
    if row["is_deleted"]:
        return "deleted bookmark"
    table = table_of(row["source"])
    key = LegacyKey(table or "", row["content_id"])
    if key not in owners:
        return "bookmark of content that is not there"
    if owners[key] != row["user_id"]:
        return "bookmark of another user's content"
    return key
