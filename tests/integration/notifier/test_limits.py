"""A client that misbehaves is told so, then closed, and never slows anybody else."""

import json
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.db.engine import Sessions, transaction
from tests.factories import Token
from tests.integration.notifier.live import Client, Story, client, event_of

JOB = "0198c0de-0000-7000-8000-000000000001"
MALFORMED = {
    "no JSON": "{",
    "not text": b'{"type":"ping"}',
    "no object": '["ping"]',
    "no type": "{}",
    "an unknown type": '{"type":"shout"}',
    "a type that is no text": '{"type":7}',
    "an unknown field": '{"type":"ping","loud":true}',
    "neither jobs nor feed": '{"type":"subscribe"}',
    "both jobs and feed": f'{{"type":"subscribe","jobs":["{JOB}"],"feed":"mine"}}',
    "another feed": '{"type":"subscribe","feed":"all"}',
    "an id that is none": '{"type":"subscribe","jobs":["1"]}',
    "jobs that are no list": f'{{"type":"subscribe","jobs":"{JOB}"}}',
    "501 jobs": json.dumps({"type": "subscribe", "jobs": [JOB] * 501}),
    "nothing": "",
    "a surrogate": '{"type":"\\ud800"}',
    "deep nesting": "[" * 20_000,
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_frame_is_answered_with_an_error(one: Client, frame: str | bytes) -> None:
    await one.say(frame)

    error = await one.hear_until("error")

    assert error["code"] == "malformed_frame"
    assert error["detail"]
    assert await one.hear_out() == []


async def test_ten_malformed_frames_in_a_row_close_the_socket(one: Client) -> None:
    for _ in range(9):
        await one.say("?")
    assert len(await one.hear_out()) == 10  # with the hello
    for _ in range(10):
        await one.say("?")

    assert await one.closed_with() == 1008
    assert len([frame for frame in one.heard if frame["type"] == "error"]) == 19


async def test_a_frame_of_more_than_64_kib_closes_the_socket(one: Client) -> None:
    await one.say('{"type":"' + "x" * 70_000)

    assert await one.closed_with() == 1009


async def test_a_socket_follows_2000_jobs_and_no_more(
    one: Client, token: Token, sessions: Sessions
) -> None:
    ids = [UUID(int=number) for number in range(1, 2002)]
    async with transaction(sessions) as session:
        await session.execute(
            text(
                "INSERT INTO generation_jobs (id, user_id, job_type, prompt, params)"
                " SELECT unnest(cast(:ids AS uuid[])), :user, 'image', 'p', '{}'"
            ),
            {"ids": ids, "user": token.user.id},
        )

    for first in range(0, 2000, 500):
        assert len((await one.subscribe(*ids[first : first + 500]))["jobs"]) == 500
    await one.say({"type": "subscribe", "jobs": [str(ids[-1])]})
    assert (await one.hear_until("error"))["code"] == "too_many_subscriptions"
    await one.say({"type": "unsubscribe", "jobs": [str(ids[0])]})

    assert len((await one.subscribe(ids[-1]))["jobs"]) == 1


async def test_a_slow_reader_is_closed_and_delays_nobody(
    port: int, token: Token, story: Story, sessions: Sessions
) -> None:
    job_id = await story.create(token, prompt="p" * 50_000)
    event = await event_of(sessions, job_id, 1)
    async with client(port, token) as quick, client(port, token) as slow:
        await quick.subscribe()
        await slow.subscribe()
        slow.socket.transport.pause_reading()

        for version in range(2, 600):
            job = event.job.model_copy(update={"version": version})
            await story.tell(event.model_copy(update={"job": job}))
            assert (await quick.hear_until("job.created"))["job"]["version"] == version

        slow.socket.transport.resume_reading()
        assert await slow.closed_with() == 1013
        assert len(slow.heard) < 590


async def test_a_client_that_was_closed_comes_back_to_a_snapshot(
    port: int, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    async with client(port, token) as one:
        await one.subscribe()
        for _ in range(10):
            await one.say("?")
        await one.closed_with()
        await story.run(job_id)

    async with client(port, token) as again:
        (job,) = (await again.subscribe())["jobs"]

    assert (job["status"], job["version"]) == ("running", 2)
