"""The statement that makes a ContentItem, completes its job and announces both."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from services.content.titles import title_of
from shared.db import jobs
from shared.db.jobs import status_in
from shared.db.quick import Quick, Statement
from shared.db.table import Table
from shared.db.tables import ContentItem, Job, OutboxRow
from shared.db.views import content_view_of
from shared.jobs import UNFINISHED
from shared.media.images import Picture
from shared.messages import ContentCreated, Output

_ITEMS = Table.metadata.tables[ContentItem.__tablename__]
_GIVEN = (
    "id", "job_id", "user_id", "content_type", "title", "prompt", "negative_prompt", "params",
    "storage_key", "mime_type", "byte_size", "sha256", "width", "height", "tags", "created_at",
)  # fmt: skip
_AS_THE_DATABASE_MAKES_IT = {
    "rating": None,
    "is_favorite": False,
    "file_missing": False,
    "version": 1,
    "deleted_at": None,
}
ITEM = "item_"  # no parameter may have the name of a column

# The id is drawn here, so that what announces the item can name it. Who is overtaken between the
# two statements leaves a gap.
_UNFINISHED_JOB = Statement(
    select(
        Job.user_id,
        Job.job_type,
        Job.prompt,
        Job.negative_prompt,
        Job.tags,
        func.nextval(func.pg_get_serial_sequence(_ITEMS.name, "id")).label("content_id"),
        func.now().label("created_at"),
    ).where(Job.id == bindparam("job_id"), status_in(UNFINISHED))
)


def _item(changed: CTE) -> CTE:
    given = [bindparam(ITEM + name, type_=_ITEMS.c[name].type) for name in _GIVEN]
    return insert(_ITEMS).from_select(_GIVEN, select(*given).select_from(changed)).cte("item")


def _message(changed: CTE) -> CTE:
    said = bindparam("said", type_=JSONB())
    return insert(OutboxRow).from_select(["body"], select(said).select_from(changed)).cte("message")


_COMPLETION = jobs.completion(_item, _message)


async def complete(database: Quick, output: Output, picture: Picture) -> int | None:
    """The new item's id. None, and nothing written: the job is final, or there is none."""
    job = next(iter(await database.fetch(_UNFINISHED_JOB, {"job_id": output.job_id})), None)
    if job is None:
        return None
    item = _columns(job, output, picture)
    announcement = ContentCreated(
        user_id=job["user_id"],
        content=content_view_of({**item, **_AS_THE_DATABASE_MAKES_IT}),
        trace_id=output.trace_id,
    )
    content_id: int = job["content_id"]
    completed = await jobs.complete(
        database,
        _COMPLETION,
        output.job_id,
        content_id=content_id,
        warnings=list(output.warnings),
        more={
            **{ITEM + name: item[name] for name in _GIVEN},
            "said": announcement.model_dump(mode="json"),
        },
    )
    return content_id if completed else None


def _columns(job: Mapping[str, Any], output: Output, picture: Picture) -> dict[str, Any]:
    return {
        "id": job["content_id"],
        "job_id": output.job_id,
        "user_id": job["user_id"],
        "content_type": job["job_type"],
        "title": title_of(job["prompt"]),
        "prompt": job["prompt"],
        "negative_prompt": job["negative_prompt"],
        "params": output.params,
        "storage_key": output.storage_key,
        "mime_type": picture.mime_type,
        "byte_size": output.byte_size,
        "sha256": output.sha256,
        "width": picture.width,
        "height": picture.height,
        "tags": list(dict.fromkeys([*job["tags"], *output.tags])),
        "created_at": job["created_at"],
    }
