"""POST /api/v1/generation-jobs: accepted once, whole, and with its event and outbox row."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from gateway.generation_jobs.queries import NewJob
from gateway.parts import Parts, assemble
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.db.outbox import NUDGE_CHANNEL
from shared.db.tables import Job, JobEvent, OutboxRow, User, Worker
from shared.jobs import JobStatus, JobType
from shared.media import MediaStore
from shared.workflows.requirements import Offers
from shared.workflows.workflow import Workflows
from tests.factories import Token, make_job, make_token, make_user, make_worker
from tests.infrastructure.waiting import until
from tests.integration.gateway.asking import (
    JOBS,
    RED,
    count_rows,
    problem,
    request,
    wrong_fields,
)
from tests.integration.gateway.running_gateway import gateway_client

NODES = (
    "CheckpointLoaderSimple",
    "CLIPTextEncode",
    "EmptyLatentImage",
    "KSampler",
    "VAEDecode",
    "SaveImage",
    "EmptyImage",
    "LoraLoader",
)


def offers(*checkpoints: str, loras: tuple[str, ...] = ()) -> Offers:
    return Offers(
        nodes=NODES,
        options={
            "checkpoints": checkpoints,
            "loras": loras,
            "samplers": ("euler", "dpmpp_2m"),
            "schedulers": ("normal", "karras"),
        },
        workflows=("solid_color", "text_to_image"),
    )


async def start_worker(sessions: Sessions, what: Offers) -> None:
    await make_worker(
        sessions, offers=what.model_dump(mode="json"), has=what.has(), offers_digest=what.digest()
    )


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


async def test_the_same_key_and_body_give_the_same_job(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    key = {"Idempotency-Key": "door 1"}

    first = await client.post(JOBS, json=request(), headers=key)
    again = await client.post(JOBS, json=request(), headers=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert again.json()["id"] == first.json()["id"]
    assert (await count_rows(sessions))["generation_jobs"] == 1


async def test_the_same_key_with_another_body_is_refused(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    key = {"Idempotency-Key": "k"}
    await client.post(JOBS, json=request(), headers=key)

    answer = await client.post(JOBS, json=request(prompt="another"), headers=key)

    assert problem(answer, 422)["type"] == "idempotency_key_reused"
    assert (await count_rows(sessions))["generation_jobs"] == 1


async def test_two_users_may_use_the_same_key(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    stranger = await make_token(sessions)
    key = {"Idempotency-Key": "k"}

    mine = await client.post(JOBS, json=request(), headers=key)
    theirs = await client.post(JOBS, json=request(), headers=key | stranger.headers)

    assert (mine.status_code, theirs.status_code) == (201, 201)


async def test_of_many_requests_at_once_with_one_key_one_makes_the_job(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    key = {"Idempotency-Key": "race"}

    answers = await asyncio.gather(
        *(client.post(JOBS, json=request(), headers=key) for _ in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count_rows(sessions) == {
        "generation_jobs": 1,
        "job_events": 1,
        "outbox": 1,
        "content_items": 0,
    }


async def test_a_replay_is_answered_before_limit_workflow_and_models(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, parts: Parts
) -> None:
    key = {"Idempotency-Key": "k"}
    wanted = {"prompt": "x", "params": {"checkpoint": "gone.safetensors"}}
    first = await client.post(JOBS, json=wanted, headers=key)
    await start_worker(sessions, offers("other.safetensors"))
    async with sessions.begin() as session:
        await session.execute(update(User).where(User.id == token.user.id).values(max_unfinished=1))
    parts.identities.forget()

    again = await client.post(JOBS, json=wanted, headers=key)

    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


async def test_beyond_the_limit_of_unfinished_jobs_is_429(
    anonymous: httpx.AsyncClient, sessions: Sessions
) -> None:
    token = await make_token(sessions, await make_user(sessions, max_unfinished=2))
    for _ in range(2):
        await make_job(sessions, token.user)
    await make_job(sessions, token.user, status=JobStatus.COMPLETED)

    answer = await anonymous.post(JOBS, json=request(), headers=token.headers)

    assert problem(answer, 429)["type"] == "too_many_unfinished"
    assert int(answer.headers["Retry-After"]) > 0
    assert (await count_rows(sessions))["generation_jobs"] == 3


@pytest.mark.parametrize(("limit", "unfinished"), [(7, 0), (210, 190)])
async def test_the_limit_holds_under_concurrency(
    anonymous: httpx.AsyncClient, sessions: Sessions, limit: int, unfinished: int
) -> None:
    token = await make_token(sessions, await make_user(sessions, max_unfinished=limit))
    for _ in range(unfinished):
        await make_job(sessions, token.user)

    answers = await asyncio.gather(
        *(anonymous.post(JOBS, json=request(), headers=token.headers) for _ in range(40))
    )

    accepted = [answer for answer in answers if answer.status_code == 201]
    assert len(accepted) == limit - unfinished
    assert {answer.status_code for answer in answers} == {201, 429}
    assert (await count_rows(sessions))["generation_jobs"] == limit


async def test_the_limit_holds_across_two_gateways(
    settings: Settings,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
    anonymous: httpx.AsyncClient,
) -> None:
    token = await make_token(sessions, await make_user(sessions, max_unfinished=10))
    parts = assemble(settings, sessions=sessions, media=media, workflows=workflows)

    async with gateway_client(parts) as second:
        answers = await asyncio.gather(
            *(
                gateway.post(JOBS, json=request(), headers=token.headers)
                for gateway in (anonymous, second)
                for _ in range(15)
            )
        )

    assert sum(answer.status_code == 201 for answer in answers) == 10


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

    assert isinstance(created[0], IntegrityError)
    assert isinstance(created[1], datetime)
    assert isinstance(created[2], datetime)
