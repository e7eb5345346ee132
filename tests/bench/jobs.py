"""Jobs for benchmarks: requests to post, rows that are there already, and waiting for their end."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from shared.db.engine import Sessions, transaction
from shared.jobs import JobStatus, JobType
from shared.views import JobView
from tests.bench.ground import Place
from tests.bench.load import Load
from tests.infrastructure.waiting import until

PATH = "/api/v1/generation-jobs"
SOLID_COLOR: Mapping[str, Any] = {"workflow": "solid_color", "width": 64, "height": 64}

# Ids like uuid7: they sort by age.
_FILL = text(
    """
    INSERT INTO generation_jobs (id, user_id, job_type, prompt, params, needs)
    SELECT uuidv7(), :user_id, 'image', 'one of many ' || number, CAST(:params AS jsonb),
        '{workflow:solid_color}'
    FROM generate_series(1, :count) AS number
    """
)
_FILL_EVENTS = text(
    "INSERT INTO job_events (job_id, version, type, attempt)"
    " SELECT id, 1, 'job.created', 1 FROM generation_jobs"
)
# Seldom, and by its index: what the database does for the benchmark is in its processor time.
ASKED_SECONDS = 0.25
_UNFINISHED = text(
    "SELECT EXISTS (SELECT FROM generation_jobs WHERE status IN ('pending', 'running'))"
)
_STATUSES = text("SELECT DISTINCT status FROM generation_jobs")
_ANNOUNCE = text("INSERT INTO outbox (job_id, version) SELECT id, 1 FROM generation_jobs")


def wanted(params: Mapping[str, Any] = SOLID_COLOR) -> dict[str, Any]:
    return {
        "job_type": "image",
        "prompt": "a lighthouse above the clouds at dusk, oil on canvas",
        "params": dict(params),
    }


def a_view() -> JobView:
    """Of a job that nobody has seen before."""
    now = datetime.now(UTC)
    return JobView(
        id=uuid7(),
        job_type=JobType.IMAGE,
        status=JobStatus.PENDING,
        **{name: value for name, value in wanted().items() if name != "job_type"},
        negative_prompt="",
        tags=[],
        priority=0,
        attempt=1,
        warnings=[],
        version=1,
        created_at=now,
        updated_at=now,
    )


def posting(place: Place, *, params: Mapping[str, Any] = SOLID_COLOR, **how: Any) -> Load:
    return Load(
        port=place.cluster.gateway_port,
        method="POST",
        path=PATH,
        headers=place.headers,
        body=json.dumps(wanted(params)),
        **how,
    )


async def fill(sessions: Sessions, user_id: UUID, *, count: int) -> None:
    """Pending jobs with their events, as if they had been announced long ago."""
    values = {"user_id": user_id, "count": count, "params": json.dumps(dict(SOLID_COLOR))}
    async with transaction(sessions) as session:
        await session.execute(_FILL, values)
        await session.execute(_FILL_EVENTS)
    async with transaction(sessions) as session:
        await session.execute(text("ANALYZE"))


async def announce_all(sessions: Sessions) -> None:
    """One outbox row for every job there is."""
    async with transaction(sessions) as session:
        await session.execute(_ANNOUNCE)


async def until_all_completed(sessions: Sessions, *, within: float = 300) -> None:
    """Raises AssertionError where one ends in another way."""

    async def none_left() -> bool:
        async with transaction(sessions) as session:
            return not await session.scalar(_UNFINISHED)

    await until(none_left, within=within, every=ASKED_SECONDS, what="all jobs are completed")
    async with transaction(sessions) as session:
        statuses = set(await session.scalars(_STATUSES))
    assert statuses == {"completed"}, statuses
