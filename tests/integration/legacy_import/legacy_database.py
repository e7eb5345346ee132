"""Databases of the older application, in each stage, as design/legacy_import.md tells of them."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg

READER = "legacy_reader"
BEGAN = datetime.fromisoformat("2025-03-01T12:00:00")  # naive, as everything there

_JOBS = """id int PRIMARY KEY, user_id uuid NOT NULL, job_type varchar(50) NOT NULL,
    prompt varchar(20000) NOT NULL, status varchar(20) NOT NULL, created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL, started_at timestamp, completed_at timestamp,
    error_message text"""
_BEFORE = ", parameters jsonb, result_content_id int"
_AFTER = """, params jsonb, content_id int, celery_task_id varchar(255), negative_prompt text,
    checkpoint_model varchar(255), lora_models jsonb, width int, height int, batch_size int,
    comfyui_prompt_id varchar(255)"""
_REQUESTS = """CREATE TABLE comfyui_generation_requests (id int PRIMARY KEY, user_id uuid NOT NULL,
    prompt text NOT NULL, negative_prompt text, checkpoint_model varchar(255) NOT NULL,
    lora_models jsonb, width int NOT NULL, height int NOT NULL, batch_size int NOT NULL,
    sampler_params jsonb, status varchar(20) NOT NULL, comfyui_prompt_id varchar(255) UNIQUE,
    output_paths jsonb, thumbnail_paths jsonb, created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL, started_at timestamp, completed_at timestamp,
    error_message text)"""
_ITEM = """id int NOT NULL, title varchar(255) NOT NULL, content_type varchar(50) NOT NULL,
    content_data text NOT NULL, item_metadata jsonb, creator_id uuid NOT NULL,
    created_at timestamp NOT NULL, updated_at timestamp NOT NULL, quality_score float8,
    is_private bool NOT NULL, path_thumb varchar(512), prompt varchar(20000) NOT NULL,
    path_thumbs_alt_res jsonb"""
_USERS = """CREATE TABLE users (id uuid PRIMARY KEY, username varchar(50) NOT NULL UNIQUE,
    email varchar(255) NOT NULL UNIQUE, created_at timestamp, updated_at timestamp,
    preferences jsonb, is_active bool NOT NULL)"""
_TAGS = """CREATE TABLE tags (id uuid PRIMARY KEY, name varchar(255) NOT NULL UNIQUE);
    CREATE TABLE content_tags (content_id int NOT NULL, content_source varchar(10) NOT NULL,
    tag_id uuid NOT NULL)"""
_PARTITIONED = f"""CREATE TABLE content_items_all ({_ITEM}, source_type text NOT NULL,
        PRIMARY KEY (id, source_type)) PARTITION BY LIST (source_type);
    CREATE TABLE content_items PARTITION OF content_items_all FOR VALUES IN ('items');
    CREATE TABLE content_items_auto PARTITION OF content_items_all FOR VALUES IN ('auto');
    CREATE TABLE bookmarks (id uuid PRIMARY KEY, user_id uuid, content_id bigint,
        content_source_type text, deleted_at timestamp)"""

STAGES = "ABCDEF"


def schema_of(stage: str) -> str:
    statements = [_USERS, f"CREATE TABLE generation_jobs ({_JOBS}{_jobs_more(stage)})"]
    if stage in "BC":
        statements.append(_REQUESTS)
    if stage in "EF":
        statements.append(_TAGS)
    if stage == "F":
        statements.append(_PARTITIONED)
    else:
        tags = ", tags jsonb" if stage in "ABCD" else ""
        statements += [
            f"CREATE TABLE {table} ({_ITEM}{tags}, PRIMARY KEY (id))"
            for table in ("content_items", "content_items_auto")
        ]
    return ";\n".join(statements)


def _jobs_more(stage: str) -> str:
    return _BEFORE if stage in "AB" else _AFTER


@dataclass
class LegacyDatabase:
    """`url` is that of a role which may only read."""

    stage: str
    url: str
    connection: "asyncpg.Connection" = field(repr=False)
    user_id: UUID = field(default_factory=uuid4)

    async def insert(self, table: str, **columns: Any) -> None:
        names = ", ".join(columns)
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        values = [
            json.dumps(value) if isinstance(value, dict | list) else value
            for value in columns.values()
        ]
        await self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values)

    async def user(self, name: str = "anna", **columns: Any) -> UUID:
        row: dict[str, Any] = {
            "id": self.user_id if name == "anna" else uuid4(),
            "username": name,
            "email": f"{name}@example.org",
            "created_at": BEGAN,
            "updated_at": BEGAN,
            "is_active": True,
        } | columns
        await self.insert("users", **row)
        user_id: UUID = row["id"]
        return user_id

    async def job(self, id_: int, **columns: Any) -> None:
        """Completed. `link` and `params` go into the columns that this stage has for them."""
        row: dict[str, Any] = {
            "id": id_,
            "user_id": self.user_id,
            "job_type": "image",
            "prompt": f"prompt of job {id_}",
            "status": "completed",
            "created_at": BEGAN + timedelta(minutes=id_),
            "updated_at": BEGAN + timedelta(minutes=id_, seconds=30),
            "started_at": BEGAN + timedelta(minutes=id_, seconds=10),
            "completed_at": BEGAN + timedelta(minutes=id_, seconds=30),
        } | columns
        is_old = self.stage in "AB"
        for ours, before, after in (
            ("link", "result_content_id", "content_id"),
            ("params", "parameters", "params"),
        ):
            if ours in row:
                row[before if is_old else after] = row.pop(ours)
        await self.insert("generation_jobs", **row)

    async def request(self, id_: int, **columns: Any) -> None:
        row = {
            "id": id_,
            "user_id": self.user_id,
            "prompt": f"prompt of request {id_}",
            "checkpoint_model": "sd15.safetensors",
            "width": 512,
            "height": 768,
            "batch_size": 1,
            "status": "completed",
            "created_at": BEGAN + timedelta(minutes=id_),
            "updated_at": BEGAN + timedelta(minutes=id_),
            "completed_at": BEGAN + timedelta(minutes=id_, seconds=20),
        } | columns
        await self.insert("comfyui_generation_requests", **row)

    async def item(self, id_: int, data: str, *, auto: bool = False, **columns: Any) -> None:
        row = {
            "id": id_,
            "title": f"title of {id_}",
            "content_type": "image",
            "content_data": data,
            "creator_id": self.user_id,
            "created_at": BEGAN + timedelta(minutes=id_, seconds=31),
            "updated_at": BEGAN + timedelta(minutes=id_, seconds=31),
            "is_private": False,
            "prompt": f"prompt of item {id_}",
        } | columns
        if self.stage == "F":
            row["source_type"] = "auto" if auto else "items"
        await self.insert("content_items_auto" if auto else "content_items", **row)

    async def tag(self, name: str, *content: tuple[int, str]) -> None:
        """`content`: id, and 'regular' or 'auto'."""
        tag_id = uuid4()
        await self.insert("tags", id=tag_id, name=name)
        for content_id, source in content:
            await self.insert(
                "content_tags", content_id=content_id, content_source=source, tag_id=tag_id
            )

    async def bookmark(self, content_id: int, source: str = "items", **columns: Any) -> None:
        row = {"id": uuid4(), "user_id": self.user_id} | columns
        await self.insert("bookmarks", content_id=content_id, content_source_type=source, **row)

    async def tables(self) -> list[str]:
        rows = await self.connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        return [row["tablename"] for row in rows]

    async def run(self, statement: str) -> None:
        await self.connection.execute(statement)


MakeLegacy = Callable[[str], Coroutine[Any, Any, LegacyDatabase]]
