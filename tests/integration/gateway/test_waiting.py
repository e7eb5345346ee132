"""`Prefer: wait`: the answer is held until the job is final, and nothing else is."""

import asyncio
import time

import httpx

from gateway.generation_jobs.final_waiters import MOST_WAITERS
from gateway.parts import Parts
from shared.db import jobs
from shared.db.engine import Sessions
from shared.jobs import JobId
from tests.factories import Token, make_job
from tests.infrastructure.waiting import until
from tests.integration.gateway.asking import JOBS


async def test_who_prefers_to_wait_is_answered_when_the_job_ends(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, parts: Parts
) -> None:
    job = await make_job(sessions, token.user)
    url = f"{JOBS}/{job.id}"

    waiting = asyncio.create_task(client.get(url, headers={"Prefer": "wait=30"}))
    await until(lambda: job.id in parts.final_waiters.waiting_for)
    async with sessions.begin() as session:
        await jobs.cancel(session, JobId(job.id), user_id=token.user.id)
    async with asyncio.timeout(10):
        answer = await waiting

    assert answer.json()["status"] == "cancelled"
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert not parts.final_waiters.waiting_for


async def test_who_waits_for_a_removed_job_is_told_that_it_is_gone(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, parts: Parts
) -> None:
    job = await make_job(sessions, token.user)

    waiting = asyncio.create_task(
        client.get(f"{JOBS}/{job.id}", headers={"Prefer": "respond-async, wait=30"})
    )
    await until(lambda: job.id in parts.final_waiters.waiting_for)
    await client.post(f"{JOBS}/{job.id}/cancel")
    await client.delete(f"{JOBS}/{job.id}")

    async with asyncio.timeout(10):
        assert (await waiting).status_code in (200, 404)


async def test_when_the_seconds_are_over_the_job_is_told_as_it_is(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user)
    began = time.monotonic()

    answer = await client.get(f"{JOBS}/{job.id}", headers={"Prefer": "wait=1"})

    assert time.monotonic() - began >= 1
    assert answer.json()["status"] == "pending"


async def test_one_waiter_too_many_is_answered_at_once_and_no_session_is_held(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, parts: Parts
) -> None:
    job = await make_job(sessions, token.user)
    url, wait = f"{JOBS}/{job.id}", {"Prefer": "wait=50"}

    waiting = [asyncio.create_task(client.get(url, headers=wait)) for _ in range(MOST_WAITERS)]
    await until(lambda: parts.final_waiters.waiting_for.total() == MOST_WAITERS, within=60)
    async with asyncio.timeout(20):
        answer = await client.get(url, headers=wait)
    assert answer.json()["status"] == "pending"

    async with sessions.begin() as session:
        await jobs.cancel(session, JobId(job.id), user_id=token.user.id)
    answers = await asyncio.gather(*waiting)
    assert {answer.json()["status"] for answer in answers} == {"cancelled"}
