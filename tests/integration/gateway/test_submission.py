"""POST /api/v1/generation-jobs: accepted once, whole, and with its event and outbox row."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest
from asyncpg import ForeignKeyViolationError
from sqlalchemy import func, select, update
from uuid_utils.compat import uuid7

from gateway.generation_jobs.queries import NewJob
from gateway.parts import Parts, assemble
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.db.outbox import NUDGE_CHANNEL
from shared.db.tables import Job, JobEvent, OutboxRow, Worker
from shared.jobs import JobType
from shared.media import MediaStore
from shared.workflows.workflow import Workflows
from tests.factories import Token
from tests.infrastructure.waiting import until
from tests.integration.gateway.asking import (
    JOBS,
    RED,
    count_rows,
    problem,
    request,
    wrong_fields,
)
from tests.integration.gateway.live_worker import offers, start_worker
from tests.integration.gateway.running_gateway import gateway_client


async def test_a_job_is_accepted_with_its_event_and_its_outbox_row(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    answer = await client.post(JOBS, json=request(tags=["door", "door"], priority=3))

    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert answer.headers["Location"] == f"{JOBS}/{job['id']}"
    assert (job["status"], job["version"], job["tags"]) == ("pending", 1, ["door"])
    assert job["params"] == {"workflow": "solid_color", "width": 512, "height": 512} | RED
    async with sessions() as session:
        row = (await session.scalars(select(Job))).one()
        event = (await session.scalars(select(JobEvent))).one()
        told = (await session.scalars(select(OutboxRow))).one()
    assert (row.id, row.user_id, row.priority) == (UUID(job["id"]), token.user.id, 3)
    assert row.trace_id == answer.headers["X-Trace-Id"]
    assert set(row.needs) == {"workflow:solid_color", "node:EmptyImage", "node:SaveImage"}
    assert (event.job_id, event.version, event.type) == (row.id, 1, "job.created")
    assert (told.job_id, told.version) == (row.id, 1)


async def test_what_was_answered_is_what_is_read_afterwards(client: httpx.AsyncClient) -> None:
    answer = await client.post(JOBS, json=request(negative_prompt="blue", tags=["a"]))

    read = await client.get(answer.headers["Location"])

    moments = {"queue_position": 1, "waiting_for": read.json()["waiting_for"]}
    assert read.json() == answer.json() | moments


async def test_a_seed_that_nobody_named_is_drawn_and_stored(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await start_worker(sessions, offers("a.safetensors"))

    seeds = [
        (await client.post(JOBS, json={"prompt": "x", "params": {"seed": None}})).json()["params"]
        for _ in range(2)
    ]

    assert all(0 <= params["seed"] <= 9007199254740991 for params in seeds)
    assert seeds[0]["seed"] != seeds[1]["seed"]
    assert seeds[0]["checkpoint"] == "a.safetensors"


async def test_the_callers_trace_goes_with_the_job(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}

    answer = await client.post(JOBS, json=request(), headers=headers)

    assert answer.headers["X-Trace-Id"] == trace
    async with sessions() as session:
        assert await session.scalar(select(Job.trace_id)) == trace


@pytest.mark.parametrize("header", ["nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", "00-AB-1-1"])
async def test_a_broken_traceparent_is_replaced(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/healthz", headers={"traceparent": header})

    assert len(answer.headers["X-Trace-Id"]) == 32
    assert answer.headers["X-Trace-Id"] not in header


async def test_without_a_worker_a_job_is_accepted_and_says_so(client: httpx.AsyncClient) -> None:
    params = {"checkpoint": "never_seen.safetensors"}

    answer = await client.post(JOBS, json={"prompt": "x", "params": params})

    assert answer.status_code == 201
    assert "no worker is connected" in answer.json()["warnings"][0]


async def test_a_model_that_no_live_worker_has_is_refused_by_name(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await start_worker(sessions, offers("sd15.safetensors"))
    params = {"checkpoint": "sd51.safetensors", "loras": [{"name": "gone.safetensors"}]}

    answer = await client.post(JOBS, json={"prompt": "x", "params": params})

    wrong = wrong_fields(answer)
    assert "no live worker has checkpoint" in wrong["params.checkpoint"]
    assert "GET /api/v1/models lists them" in wrong["params.checkpoint"]
    assert 'did you mean "sd15.safetensors"' in wrong["params.checkpoint"]
    assert "LoRA" in wrong["params.loras.0.name"]


async def test_models_that_are_never_on_one_worker_together_are_refused(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await start_worker(sessions, offers("a.safetensors"))
    await start_worker(sessions, offers("b.safetensors", loras=("fine.safetensors",)))
    params = {"checkpoint": "a.safetensors", "loras": [{"name": "fine.safetensors"}]}

    apart = await client.post(JOBS, json={"prompt": "x", "params": params})
    together = params | {"checkpoint": "b.safetensors"}
    fine = await client.post(JOBS, json={"prompt": "x", "params": together})

    problem(apart, 422)
    assert fine.status_code == 201


async def test_a_silent_worker_offers_nothing(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await start_worker(sessions, offers("a.safetensors"))
    assert (await client.get("/api/v1/models")).json()["checkpoints"] == ["a.safetensors"]

    async with sessions.begin() as session:
        await session.execute(
            update(Worker).values(last_seen_at=func.now() - timedelta(seconds=16))
        )

    async def forgotten() -> bool:
        models = await client.get("/api/v1/models")
        return not models.json()["checkpoints"]

    await until(forgotten)


async def test_a_job_type_that_no_workflow_makes_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(JOBS, json=request(job_type="video", params={}))

    assert problem(answer, 422)["type"] == "unsupported_job_type"


async def test_a_nearly_full_media_store_is_507(
    settings: Settings,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
    token: Token,
) -> None:
    full = settings.model_copy(update={"media_min_free": 1 << 62})
    parts = assemble(full, sessions=sessions, media=media, workflows=workflows)

    async with gateway_client(parts) as client:
        answer = await client.post(JOBS, json=request(), headers=token.headers)

    assert problem(answer, 507)["type"] == "storage_full"
    assert (await count_rows(sessions))["generation_jobs"] == 0


async def test_the_dispatcher_is_nudged_after_the_commit(
    client: httpx.AsyncClient, database_url: str
) -> None:
    nudged = asyncio.Event()
    listener = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await listener.add_listener(NUDGE_CHANNEL, lambda *_: nudged.set())

    await client.post(JOBS, json=request())

    async with asyncio.timeout(5):
        await nudged.wait()
    await listener.close()


def new_job(user_id: UUID) -> NewJob:
    return NewJob(
        id=uuid7(),
        user_id=user_id,
        job_type=JobType.IMAGE,
        prompt="a red door",
        negative_prompt="",
        params=RED,
        needs=[],
        tags=[],
        priority=0,
        timeout_s=60,
        warnings=[],
        retry_of=None,
        idempotency_key=None,
        request_sha256=None,
        trace_id="0" * 32,
    )


async def test_one_job_that_the_database_refuses_does_not_take_others_with_it(
    parts: Parts, client: httpx.AsyncClient, token: Token
) -> None:
    good = new_job(token.user.id)
    orphan = replace(good, id=uuid7(), user_id=uuid7())

    created = await asyncio.gather(
        *(parts.group_commit.insert(job) for job in (orphan, good, replace(good, id=uuid7()))),
        return_exceptions=True,
    )

    assert isinstance(created[0], ForeignKeyViolationError)
    assert isinstance(created[1], datetime)
    assert isinstance(created[2], datetime)
