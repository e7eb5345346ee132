"""The client is told a state first and changes after it."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, func, text

from shared.db.engine import Sessions, transaction
from shared.db.tables import ContentItem, Job
from shared.db.views import content_view
from shared.jobs import JobStatus
from shared.messages import ContentCreated, ContentDeleted, ContentUpdated, JobDeleted
from tests.factories import Token, make_content, make_job
from tests.integration.notifier.live import Client, Frame, Story, client


async def test_a_client_is_greeted(one: Client) -> None:
    assert await one.hear() == {"type": "hello", "v": 1, "heartbeat_s": 20}


async def test_a_ping_is_answered(one: Client) -> None:
    await one.hear()
    await one.say({"type": "ping"})

    assert await one.hear() == {"type": "pong"}


async def test_named_jobs_are_told_first_and_then_their_changes(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    other = await story.create(token)

    snapshot = await one.subscribe(job_id)
    await story.run(other)
    await story.run(job_id)
    content_id = await story.complete(job_id)

    (listed,) = snapshot["jobs"]
    assert (listed["id"], listed["status"], listed["version"]) == (str(job_id), "pending", 1)
    running = await one.hear_until("job.running")
    assert (running["job"]["id"], running["job"]["version"]) == (str(job_id), 2)
    completed = await one.hear_until("job.completed")
    assert (completed["job"]["version"], completed["job"]["status"]) == (3, "completed")
    assert completed["job"]["content_id"] == content_id
    assert completed["job"]["image_url"].startswith(f"/api/v1/content-items/{content_id}/image?v=")
    assert str(other) not in str([frame for frame in one.heard if frame["type"] != "queue"])


async def test_the_feed_tells_everything_that_happens_to_the_users_jobs(
    one: Client, token: Token, story: Story
) -> None:
    await one.subscribe()

    first = await story.create(token)
    await story.run(first)
    await story.take_back(first)
    await story.run(first)
    await story.fail(first)
    second = await story.create(token)
    await story.cancel(second)

    await one.hear_until("job.cancelled")
    told = [
        (frame["type"], frame["job"]["version"], frame["job"]["status"], frame["job"]["attempt"])
        for frame in one.heard
        if "job" in frame
    ]
    assert told == [
        ("job.created", 1, "pending", 1),
        ("job.running", 2, "running", 1),
        ("job.retrying", 3, "pending", 2),
        ("job.running", 4, "running", 2),
        ("job.failed", 5, "failed", 2),
        ("job.created", 1, "pending", 1),
        ("job.cancelled", 2, "cancelled", 1),
    ]


async def test_the_feeds_snapshot_has_all_unfinished_jobs_and_those_finished_lately(
    one: Client, token: Token, stranger: Token, sessions: Sessions
) -> None:
    long_ago = func.now() - text("interval '16 minutes'")
    lately = func.now() - text("interval '14 minutes'")
    listed = [
        await make_job(sessions, token.user),
        await make_job(sessions, token.user, status=JobStatus.RUNNING),
        await make_job(sessions, token.user, status=JobStatus.COMPLETED),
        await make_job(sessions, token.user, status=JobStatus.FAILED, finished_at=lately),
    ]
    await make_job(sessions, token.user, status=JobStatus.CANCELLED, finished_at=long_ago)
    await make_job(sessions, stranger.user)

    snapshot = await one.subscribe()

    assert [job["id"] for job in snapshot["jobs"]] == [str(job.id) for job in reversed(listed)]
    assert "truncated" not in snapshot
    assert snapshot["feed"] == "mine"


async def test_the_feeds_snapshot_has_at_most_the_newest_1000(
    one: Client, token: Token, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        await session.execute(
            text(
                "INSERT INTO generation_jobs (id, user_id, job_type, prompt, params)"
                " SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, :user,"
                " 'image', 'p', '{}' FROM generate_series(1, 1001) AS n"
            ),
            {"user": token.user.id},
        )

    snapshot = await one.subscribe()

    assert snapshot["truncated"] is True
    assert len(snapshot["jobs"]) == 1000
    assert snapshot["jobs"][0]["id"].endswith("001001")
    assert snapshot["jobs"][-1]["id"].endswith("000002")


async def test_content_is_told_to_the_feed(
    one: Client, token: Token, stranger: Token, story: Story, sessions: Sessions
) -> None:
    await one.subscribe()
    item = await make_content(sessions, token.user)
    foreign = await make_content(sessions, stranger.user)
    views = [content_view(item), content_view(item).model_copy(update={"version": 2})]

    user_id = token.user.id
    await story.announce(ContentCreated(user_id=foreign.user_id, content=content_view(foreign)))
    await story.announce(ContentCreated(user_id=user_id, content=views[0]))
    await story.announce(ContentUpdated(user_id=user_id, content=views[1]))
    await story.announce(ContentCreated(user_id=user_id, content=views[0]))  # a copy
    await story.announce(ContentDeleted(user_id=user_id, content_id=item.id, version=3))

    deleted = await one.hear_until("content.deleted")
    assert deleted["content"] == {"id": item.id, "version": 3}
    told = [frame for frame in one.heard if frame["type"].startswith("content.")]
    assert [(frame["type"], frame["content"]["version"]) for frame in told] == [
        ("content.created", 1),
        ("content.updated", 2),
        ("content.deleted", 3),
    ]
    assert told[0]["content"] == views[0].model_dump(mode="json")


async def test_a_removed_job_is_told(
    one: Client, token: Token, story: Story, sessions: Sessions
) -> None:
    job_id = await story.create(token)
    await one.subscribe(job_id)
    await story.cancel(job_id)
    async with transaction(sessions) as session:
        await session.execute(delete(Job).where(Job.id == job_id))

    await story.announce(JobDeleted(user_id=token.user.id, job_id=job_id))

    assert await one.hear_until("job.deleted") == {"type": "job.deleted", "job_id": str(job_id)}


async def test_after_unsubscribing_nothing_more_is_told(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    await one.subscribe()
    await one.subscribe(job_id)

    await one.say({"type": "unsubscribe", "feed": "mine"})
    await one.hear_out()
    await story.run(job_id)
    assert (await one.hear_until("job.running"))["job"]["id"] == str(job_id)
    await one.say({"type": "unsubscribe", "jobs": [str(job_id)]})
    await one.hear_out()
    await story.cancel(job_id)

    assert changes_in(await one.hear_out()) == []


async def test_a_job_of_the_feed_that_is_also_named_is_told_once(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    await one.subscribe(job_id)
    await one.subscribe()

    await story.run(job_id)

    assert len(changes_in(await one.hear_out())) == 1


async def test_a_job_that_is_somebody_elses_is_answered_like_one_that_is_not_there(
    one: Client, stranger: Token, story: Story
) -> None:
    foreign, nowhere = await story.create(stranger), uuid4()

    answers = []
    for job_id in (foreign, nowhere):
        snapshot = await one.subscribe(job_id)
        assert snapshot["jobs"] == []
        error = await one.hear_until("error")
        answers.append(str(error).replace(str(job_id), "<id>"))
    await story.run(foreign)

    assert answers[0] == answers[1]
    assert "not_found" in answers[0]
    assert changes_in(await one.hear_out()) == []


async def test_every_client_of_a_user_is_told_and_nobody_else(
    port: int, one: Client, token: Token, stranger: Token, story: Story
) -> None:
    async with client(port, token) as two, client(port, stranger) as other:
        for listener in (one, two, other):
            await listener.subscribe()

        job_id = await story.create(token)

        for listener in (one, two):
            assert (await listener.hear_until("job.created"))["job"]["id"] == str(job_id)
        assert changes_in(await other.hear_out()) == []


async def test_an_unfinished_job_that_the_snapshot_lost_is_asked_for_by_its_id(
    one: Client, token: Token, sessions: Sessions
) -> None:
    long_ago = func.now() - text("interval '1 hour'")
    ended = await make_job(sessions, token.user, status=JobStatus.COMPLETED, finished_at=long_ago)

    assert (await one.subscribe())["jobs"] == []
    (job,) = (await one.subscribe(ended.id))["jobs"]

    assert (job["id"], job["status"]) == (str(ended.id), "completed")


async def test_the_snapshot_says_that_the_content_is_gone(
    one: Client, token: Token, sessions: Sessions
) -> None:
    job = await make_job(sessions, token.user, status=JobStatus.COMPLETED)
    async with transaction(sessions) as session:
        item = await session.get_one(ContentItem, job.content_id)
        item.deleted_at = func.now()

    (listed,) = (await one.subscribe(job.id))["jobs"]

    assert listed["image_url"] is None
    assert listed["content_deleted_at"] is not None


@pytest.mark.parametrize("count", [1, 500])
async def test_up_to_500_jobs_are_named_at_once(
    one: Client, token: Token, story: Story, count: int
) -> None:
    job_id = await story.create(token)

    snapshot = await one.subscribe(job_id, *(uuid4() for _ in range(count - 1)))

    assert [job["id"] for job in snapshot["jobs"]] == [str(job_id)]


def changes_in(frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame["type"].startswith(("job.", "content."))]
