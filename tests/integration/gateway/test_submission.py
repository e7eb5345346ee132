"""POST /api/v1/generation-jobs: accepted once, whole, and with its event and outbox row."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import func, select

from shared.db.engine import Sessions
from shared.db.tables import Job, JobEvent, OutboxRow
from tests.factories import Token

URL = "/api/v1/generation-jobs"
RED = {"workflow": "solid_color", "color": 16711680}


def request(**changes: Any) -> dict[str, Any]:
    return {"job_type": "image", "prompt": "a red door", "params": RED} | changes


async def count(sessions: Sessions, table: type) -> int:
    async with sessions() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_job_is_accepted_with_its_event_and_its_outbox_row(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    answer = await client.post(URL, json=request(tags=["door", "door"], priority=3))

    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert answer.headers["Location"] == f"{URL}/{job['id']}"
    assert (job["status"], job["version"], job["tags"]) == ("pending", 1, ["door"])
    assert job["params"] == {"workflow": "solid_color", "width": 512, "height": 512} | RED
    assert "no worker" in job["warnings"][0]
    async with sessions() as session:
        row = (await session.scalars(select(Job))).one()
        event = (await session.scalars(select(JobEvent))).one()
        told = (await session.scalars(select(OutboxRow))).one()
    assert (row.id, row.user_id, row.priority) == (UUID(job["id"]), token.user.id, 3)
    assert row.trace_id == answer.headers["X-Trace-Id"]
    assert (event.job_id, event.version, event.type) == (row.id, 1, "job.created")
    assert (told.job_id, told.version) == (row.id, 1)
    assert (await client.get(answer.headers["Location"])).json()["params"] == job["params"]
