"""Reading, listing, cancelling, retrying and removing jobs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared.db.engine import Sessions
from shared.db.tables import ContentItem, Job, OutboxRow
from shared.jobs import FINAL, JobStatus
from tests.factories import ERROR, Token, make_content, make_job
from tests.integration.gateway.asking import JOBS, RED, count_rows, problem, request


async def listed(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(JOBS, params=query)
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["items"]]


async def test_pages_show_every_job_once_newest_first(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    made = [str((await make_job(sessions, token.user)).id) for _ in range(7)]

    seen: list[str] = []
    cursor = None
    for _ in range(4):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(JOBS, params=query)).json()
        seen += [job["id"] for job in page["items"]]
        cursor = page["next_cursor"]

    assert seen == made[::-1]
    assert cursor is None


async def test_a_job_made_while_paging_moves_nothing(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    old = [str((await make_job(sessions, token.user)).id) for _ in range(3)]
    first = (await client.get(JOBS, params={"limit": 2})).json()
    await make_job(sessions, token.user)

    rest = await listed(client, limit=2, cursor=first["next_cursor"])

    assert rest == [old[0]]


async def test_lists_are_filtered(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    old = await make_job(sessions, token.user, prompt="100% wool_sweater", created_at=yesterday)
    failed = await make_job(sessions, token.user, prompt="a Door", status=JobStatus.FAILED)
    done = await make_job(sessions, token.user, prompt="a wall", status=JobStatus.COMPLETED)

    assert await listed(client, status="failed") == [str(failed.id)]
    both = await client.get(f"{JOBS}?status=failed&status=completed")
    assert [job["id"] for job in both.json()["items"]] == [str(done.id), str(failed.id)]
    assert await listed(client, q="door") == [str(failed.id)]
    assert await listed(client, q="100%") == [str(old.id)]
    assert await listed(client, q="l_s") == [str(old.id)]
    assert await listed(client, q="a_w") == []
    assert await listed(client, job_type="video") == []
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert await listed(client, created_before=an_hour_ago) == [str(old.id)]
    assert await listed(client, created_after=an_hour_ago) == [str(done.id), str(failed.id)]


async def test_a_completed_job_shows_its_image_until_that_is_deleted(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user, status=JobStatus.COMPLETED)

    shown = (await client.get(f"{JOBS}/{job.id}")).json()
    assert shown["content_id"] == job.content_id
    assert shown["image_url"].startswith(f"/api/v1/content-items/{job.content_id}/image?v=")
    assert shown["queue_position"] is None

    await client.delete(f"/api/v1/content-items/{job.content_id}")
    shown = (await client.get(f"{JOBS}/{job.id}")).json()
    assert (shown["image_url"], shown["thumbnail_url"]) == (None, None)
    assert shown["content_deleted_at"].endswith("Z")


async def test_a_failed_job_says_why(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user, status=JobStatus.FAILED)

    assert (await client.get(f"{JOBS}/{job.id}")).json()["error"] == ERROR


async def test_the_timeline_tells_every_event(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user, status=JobStatus.FAILED)

    events = (await client.get(f"{JOBS}/{job.id}/events")).json()["items"]

    assert [event["type"] for event in events] == ["job.created", "job.running", "job.failed"]
    assert [event["version"] for event in events] == [1, 2, 3]
    assert events[2]["detail"]["message"] == ERROR["message"]
    assert all(event["at"].endswith("Z") for event in events)


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.RUNNING])
async def test_an_unfinished_job_is_cancelled_once_and_says_so_again(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    job = await make_job(sessions, token.user, status=status)

    first = await client.post(f"{JOBS}/{job.id}/cancel")
    again = await client.post(f"{JOBS}/{job.id}/cancel")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == "cancelled"
    assert first.json()["version"] == job.version + 1
    assert (await count_rows(sessions))["outbox"] == 1


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.FAILED])
async def test_a_job_that_has_ended_is_not_cancelled(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    job = await make_job(sessions, token.user, status=status)

    answer = await client.post(f"{JOBS}/{job.id}/cancel")

    assert problem(answer, 409)["type"] == "job_finished"
    assert (await count_rows(sessions))["outbox"] == 0


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
async def test_a_retry_is_a_new_job_with_the_same_params(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    params = RED | {"width": 128, "height": 64}
    job = await make_job(sessions, token.user, status=status, params=params, tags=["t"], priority=4)

    answer = await client.post(f"{JOBS}/{job.id}/retry")

    new = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{JOBS}/{new['id']}"
    assert (new["retry_of"], new["status"], new["params"]) == (str(job.id), "pending", params)
    assert (new["prompt"], new["tags"], new["priority"]) == (job.prompt, ["t"], 4)


@pytest.mark.parametrize("status", set(JobStatus) - {JobStatus.FAILED, JobStatus.CANCELLED})
async def test_only_a_failed_or_cancelled_job_is_tried_again(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    job = await make_job(sessions, token.user, status=status)

    problem(await client.post(f"{JOBS}/{job.id}/retry"), 409)


async def test_a_retry_with_the_same_key_is_one_job(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    failed = [await make_job(sessions, token.user, status=JobStatus.FAILED) for _ in range(2)]
    key = {"Idempotency-Key": "again"}

    first, again = [
        await client.post(f"{JOBS}/{failed[0].id}/retry", headers=key) for _ in range(2)
    ]
    other = await client.post(f"{JOBS}/{failed[1].id}/retry", headers=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert problem(other, 422)["type"] == "idempotency_key_reused"


@pytest.mark.parametrize("status", sorted(FINAL))
async def test_a_removed_job_is_gone_and_its_content_stays(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    job = await make_job(sessions, token.user, status=status)

    answer = await client.delete(f"{JOBS}/{job.id}")

    assert (answer.status_code, answer.content) == (204, b"")
    problem(await client.get(f"{JOBS}/{job.id}"), 404)
    problem(await client.delete(f"{JOBS}/{job.id}"), 404)
    async with sessions() as session:
        told = (await session.scalars(select(OutboxRow.body))).all()
        items = (await session.scalars(select(ContentItem))).all()
    assert [(body or {})["type"] for body in told] == ["job.deleted"]
    assert told[0] is not None
    assert (told[0]["job_id"], told[0]["user_id"]) == (str(job.id), str(token.user.id))
    assert [item.job_id for item in items] == [None] * (status == JobStatus.COMPLETED)


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.RUNNING])
async def test_an_unfinished_job_is_not_removed(
    client: httpx.AsyncClient, sessions: Sessions, token: Token, status: JobStatus
) -> None:
    job = await make_job(sessions, token.user, status=status)

    assert problem(await client.delete(f"{JOBS}/{job.id}"), 409)["type"] == "job_not_finished"
    assert (await count_rows(sessions))["generation_jobs"] == 1


async def test_the_removal_of_a_job_leaves_an_unrelated_item_alone(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    done = await make_job(sessions, token.user, status=JobStatus.COMPLETED)
    other = await make_job(sessions, token.user, status=JobStatus.COMPLETED)
    await make_content(sessions, token.user)

    await client.delete(f"{JOBS}/{done.id}")

    async with sessions() as session:
        left = set(await session.scalars(select(ContentItem.job_id)))
    assert left == {other.id, None}


async def test_the_progress_of_a_running_job_is_a_moment_without_a_version(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    job = await make_job(sessions, token.user, status=JobStatus.RUNNING)
    async with sessions.begin() as session:
        await session.execute(update(Job).where(Job.id == job.id).values(progress=0.5))

    shown = (await client.get(f"{JOBS}/{job.id}")).json()

    assert (shown["progress"], shown["version"]) == (0.5, 2)


async def test_a_request_may_be_sent_as_it_is_shown(client: httpx.AsyncClient) -> None:
    first = (await client.post(JOBS, json=request())).json()
    fields = ("job_type", "prompt", "negative_prompt", "params", "priority", "tags")

    again = await client.post(JOBS, json={name: first[name] for name in fields})

    assert again.json()["params"] == first["params"]
