"""What the gateway's tests say again and again."""

from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from shared.db.engine import Sessions
from shared.db.tables import ContentItem, Job, JobEvent, OutboxRow

REPOSITORY = str(Path(__file__).parents[3])
JOBS = "/api/v1/generation-jobs"
CONTENT = "/api/v1/content-items"
RED = {"workflow": "solid_color", "color": 16711680}


def request(**changes: Any) -> dict[str, Any]:
    """A request that a ComfyUI without any model can fulfil."""
    return {"job_type": "image", "prompt": "a red door", "params": RED} | changes


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Its body, once it has all that a problem document must have and nothing that it must not."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    assert body["trace_id"] == answer.headers["X-Trace-Id"]
    for leak in (
        "Traceback",
        "SELECT ",
        "sqlalchemy",
        "asyncpg",
        REPOSITORY,
        "/tmp/",
        "site-packages",
    ):
        assert leak not in answer.text
    return body


def wrong_fields(answer: httpx.Response) -> dict[str, str]:
    """Dotted place → what is wrong there."""
    errors = problem(answer, 422)["errors"]
    return {".".join(map(str, error["loc"])): error["msg"] for error in errors}


async def count_rows(sessions: Sessions) -> dict[str, int]:
    async with sessions() as session:
        return {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Job, JobEvent, OutboxRow, ContentItem)
        }
