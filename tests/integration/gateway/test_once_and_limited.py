"""An Idempotency-Key makes one job; nobody has more unfinished jobs than the limit."""

import asyncio

import httpx
import pytest
from sqlalchemy import update

from gateway.parts import Parts, assemble
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.db.tables import User
from shared.jobs import JobStatus
from shared.media import MediaStore
from shared.workflows.workflow import Workflows
from tests.factories import Token, make_job, make_token, make_user
from tests.integration.gateway.asking import (
    JOBS,
    count_rows,
    problem,
    request,
)
from tests.integration.gateway.live_worker import offers, start_worker
from tests.integration.gateway.running_gateway import gateway_client


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
