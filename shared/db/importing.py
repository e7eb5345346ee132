"""Write what comes from another application (shared/db/imported.py).

A completed job and its item are one unit and written together, so `completed ⇔ content` holds after
every commit. Every row keeps (legacy_table, legacy_id); what is there is never written again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

import orjson
from sqlalchemy import BigInteger, Text, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.imported import (
    ImportedItem,
    ImportedUnit,
    ImportedUser,
    Known,
    KnownItem,
    KnownUser,
    LegacyKey,
    StoredFile,
)
from shared.db.quick import Quick, Statement
from shared.db.tables import ContentItem, Job, User

IMPORT_LOCK = 7_244_000_030  # one import at a time
WRITE_LOCK = 7_244_000_031  # and, should two run after all, one write at a time
# So many ids nobody draws between a look at the sequence and its being set.
STRIDE = 1000

_LOCK = Statement(select(func.pg_advisory_xact_lock(WRITE_LOCK)))


async def hold_write_lock(database: Quick) -> None:
    """Until the transaction ends: what is known meanwhile stays so."""
    await database.fetch(_LOCK)


_USERS = Statement(select(User.id, User.name, User.legacy_id))
_INSERT_USERS = Statement(
    text(
        """
    INSERT INTO users (id, name, legacy_id, created_at)
    SELECT id, name, legacy_id, created_at FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(
        id uuid, name text, legacy_id uuid, created_at timestamptz)
    """
    )
)


async def known_users(database: Quick) -> list[KnownUser]:
    return [KnownUser(**row) for row in await database.fetch(_USERS)]


async def insert_users(database: Quick, users: Sequence[ImportedUser]) -> None:
    await database.fetch(_INSERT_USERS, {"rows": _listed(_columns(user) for user in users)})


def _keys_of(table: Any, *columns: Any) -> Statement:
    asked = func.unnest(
        bindparam("tables", type_=ARRAY(Text)), bindparam("ids", type_=ARRAY(BigInteger))
    ).table_valued("legacy_table", "legacy_id", name="asked")
    asked = asked.render_derived(name="asked")
    return Statement(
        select(table.legacy_table, table.legacy_id, *columns).where(
            table.legacy_table == asked.c.legacy_table, table.legacy_id == asked.c.legacy_id
        )
    )


_KNOWN_JOBS = _keys_of(Job, Job.id)
_KNOWN_ITEMS = _keys_of(
    ContentItem,
    ContentItem.id,
    ContentItem.job_id,
    ContentItem.file_missing,
    ContentItem.deleted_at.is_not(None).label("is_deleted"),
)


async def known_of(database: Quick, units: Sequence[ImportedUnit]) -> Known:
    jobs = await database.fetch(_KNOWN_JOBS, _asked(unit.job.key for unit in units))
    items = await database.fetch(
        _KNOWN_ITEMS, _asked(unit.item.key for unit in units if unit.item is not None)
    )
    return Known(
        {_key(row): row["id"] for row in jobs},
        {
            _key(row): KnownItem(row["id"], row["job_id"], row["file_missing"], row["is_deleted"])
            for row in items
        },
    )


def _asked(keys: Iterable[LegacyKey]) -> dict[str, Any]:
    listed = list(keys)
    return {"tables": [key.table for key in listed], "ids": [key.id for key in listed]}


def _key(row: Mapping[str, Any]) -> LegacyKey:
    return LegacyKey(row["legacy_table"], row["legacy_id"])


_RESERVE = Statement(
    text(
        """
    SELECT CASE
        WHEN gap > :stride THEN setval('content_items_id_seq', :highest)
        WHEN gap > 0 THEN
            (SELECT max(nextval('content_items_id_seq')) FROM generate_series(1, gap))
    END
    FROM (
        SELECT :highest - CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS gap
        FROM content_items_id_seq
    ) AS behind
    """
    ).bindparams(bindparam("highest", type_=BigInteger()), bindparam("stride", type_=BigInteger()))
)


async def reserve_ids(database: Quick, highest: int) -> None:
    """No new item ever gets an id up to `highest`, though others draw ids meanwhile."""
    await database.fetch(_RESERVE, {"highest": highest, "stride": STRIDE})


_TAKEN = Statement(
    select(ContentItem.id).where(
        ContentItem.id == func.any(bindparam("ids", type_=ARRAY(BigInteger)))
    )
)
_DRAW = Statement(
    text("SELECT nextval('content_items_id_seq') AS id FROM generate_series(1, :count) ORDER BY id")
)
_ITEM_COLUMNS = (
    "id, job_id, user_id, content_type, title, prompt, negative_prompt, params, storage_key,"
    " mime_type, byte_size, sha256, width, height, tags, is_favorite, file_missing, legacy_table,"
    " legacy_id, created_at"
)
_INSERT_ITEMS = Statement(
    text(
        f"""
    INSERT INTO content_items ({_ITEM_COLUMNS})
    SELECT {_ITEM_COLUMNS} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(
        id bigint, job_id uuid, user_id uuid, content_type text, title text, prompt text,
        negative_prompt text, params jsonb, storage_key text, mime_type text, byte_size bigint,
        sha256 text, width int, height int, tags text[], is_favorite bool, file_missing bool,
        legacy_table text, legacy_id bigint, created_at timestamptz)
    """  # noqa: S608 - the column names are the constant above
    )
)
_JOB_COLUMNS = (
    "id, user_id, job_type, status, prompt, negative_prompt, params, needs, content_id, error,"
    " attempt, timeout_s, warnings, legacy_table, legacy_id, version, created_at, started_at,"
    " finished_at, updated_at"
)
_INSERT_JOBS = Statement(
    text(
        f"""
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(
            id uuid, user_id uuid, job_type text, status text, prompt text, negative_prompt text,
            params jsonb, needs text[], content_id bigint, error jsonb, attempt int, timeout_s int,
            warnings text[], legacy_table text, legacy_id bigint, version int,
            created_at timestamptz, started_at timestamptz, finished_at timestamptz,
            updated_at timestamptz, events jsonb)
    ), job AS (
        INSERT INTO generation_jobs ({_JOB_COLUMNS}) SELECT {_JOB_COLUMNS} FROM given
    ), event AS (
        INSERT INTO job_events (job_id, version, type, attempt, at, detail)
        SELECT given.id, event.version, event.type, given.attempt, event.at, event.detail
        FROM given, jsonb_to_recordset(given.events) AS event(
            version int, type text, at timestamptz, detail jsonb)
    )
    INSERT INTO outbox (job_id, version) SELECT id, version FROM given WHERE status = 'pending'
    """  # noqa: S608 - the column names are the constant above
    )
)


async def insert_units(database: Quick, units: Sequence[ImportedUnit]) -> list[int]:
    """The ids of their items, in order. A pending job is announced, a final one is not news."""
    ids = iter(await _ids_for(database, [unit.item for unit in units if unit.item is not None]))
    items, jobs, used = [], [], []
    for unit in units:
        content_id = None
        if unit.item is not None and unit.file is not None:
            content_id = next(ids)
            used.append(content_id)
            told = {"id": content_id, "job_id": unit.job.id}
            items.append(_item_row(unit.item) | _file_columns(unit.file) | told)
        jobs.append(_job_row(unit) | {"content_id": content_id})
    await database.fetch(_INSERT_ITEMS, {"rows": _listed(items)})
    await database.fetch(_INSERT_JOBS, {"rows": _listed(jobs)})
    return used


async def _ids_for(database: Quick, items: Sequence[ImportedItem]) -> list[int]:
    wanted = [item.wanted_id for item in items if item.wanted_id is not None]
    taken = {row["id"] for row in await database.fetch(_TAKEN, {"ids": wanted})}
    lacking = sum(item.wanted_id is None or item.wanted_id in taken for item in items)
    drawn = iter([row["id"] for row in await database.fetch(_DRAW, {"count": lacking})])
    return [
        next(drawn) if item.wanted_id is None or item.wanted_id in taken else item.wanted_id
        for item in items
    ]


def _item_row(item: ImportedItem) -> dict[str, Any]:
    return {
        "user_id": item.user_id,
        "content_type": item.content_type,
        "title": item.title,
        "prompt": item.prompt,
        "negative_prompt": item.negative_prompt,
        "params": item.params,
        "tags": item.tags,
        "is_favorite": item.is_favorite,
        "created_at": item.created_at,
        "legacy_table": item.key.table,
        "legacy_id": item.key.id,
    }


def _file_columns(file: StoredFile) -> dict[str, Any]:
    columns = _columns(file)
    return {"file_missing": columns.pop("is_missing"), **columns}


def _job_row(unit: ImportedUnit) -> dict[str, Any]:
    job = _columns(unit.job)
    table, number = job.pop("key")
    events = [
        {"version": version, **_columns(event)}
        for version, event in enumerate(job.pop("events"), start=1)
    ]
    return {
        **job,
        "legacy_table": table,
        "legacy_id": number,
        "version": len(events),
        "events": events,
    }


_FOUND = Statement(
    text(
        """
    UPDATE content_items SET version = version + 1, file_missing = false,
        storage_key = :storage_key, mime_type = :mime_type, byte_size = :byte_size,
        sha256 = :sha256, width = :width, height = :height
    WHERE id = :content_id AND file_missing AND deleted_at IS NULL
    RETURNING id
    """
    ).bindparams(bindparam("content_id", type_=BigInteger()))
)


async def give_file(database: Quick, content_id: int, file: StoredFile) -> bool:
    """To an item whose file was missing. False: it has one, or was deleted."""
    given = _file_columns(file) | {"content_id": content_id}
    del given["file_missing"]
    return bool(await database.fetch(_FOUND, given))


def _columns(row: Any) -> dict[str, Any]:
    """Of a dataclass; its values as they are."""
    return {column.name: getattr(row, column.name) for column in fields(row)}


def _listed(rows: Iterable[Mapping[str, Any]]) -> str:
    # `default`: the driver's own kind of UUID
    return orjson.dumps(list(rows), default=str).decode()
