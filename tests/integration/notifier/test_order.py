"""Nothing is missed, and nothing flickers back: snapshots, events and progress in their order."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from shared.db.engine import Sessions, transaction
from shared.jobs import JobId
from shared.messages import Progress
from tests.factories import Token
from tests.infrastructure.waiting import until
from tests.integration.notifier.live import Client, Frame, Story, client, event_of


def progress(job_id: JobId, token: Token, *, attempt: int = 1, value: float = 0.5) -> Progress:
    return Progress(job_id=job_id, user_id=token.user.id, attempt=attempt, value=value, step=10)


@asynccontextmanager
async def tables_locked(sessions: Sessions) -> AsyncIterator[None]:
    """Whoever reads a job meanwhile waits."""
    async with sessions.begin() as session:
        await session.execute(text("LOCK TABLE generation_jobs IN ACCESS EXCLUSIVE MODE"))
        yield


async def somebody_waits(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def test_events_that_come_while_the_snapshot_is_read_follow_it_if_they_are_newer(
    one: Client, token: Token, story: Story, sessions: Sessions
) -> None:
    job_id = await story.create(token)
    await story.run(job_id)
    running = await event_of(sessions, job_id, 2)
    later = running.model_copy(update={"job": running.job.model_copy(update={"version": 3})})

    async with tables_locked(sessions):
        await one.say({"type": "subscribe", "jobs": [str(job_id)]})
        await until(lambda: somebody_waits(sessions))
        await story.tell(running)
        await story.tell(later)

    told = [frame async for frame in changes(one, 2)]
    assert [frame["type"] for frame in told] == ["snapshot", "job.running"]
    assert told[0]["jobs"][0]["version"] == 2
    assert told[1]["job"]["version"] == 3


async def changes(one: Client, count: int) -> AsyncIterator[Frame]:
    while count:
        frame = await one.hear()
        if frame["type"] not in ("hello", "queue"):
            count -= 1
            yield frame


async def test_events_that_the_snapshot_was_ahead_of_are_not_told(
    one: Client, token: Token, story: Story, sessions: Sessions
) -> None:
    job_id = await story.create(token)
    await story.run(job_id)
    await one.subscribe(job_id)

    for version in (1, 2):
        await story.tell(await event_of(sessions, job_id, version))
    await story.complete(job_id)

    assert (await one.hear_until("job.completed"))["job"]["version"] == 3
    assert [frame["type"] for frame in one.heard if "job" in frame] == ["job.completed"]


async def test_copies_and_late_events_are_not_told(
    one: Client, token: Token, story: Story, sessions: Sessions
) -> None:
    await one.subscribe()
    job_id = await story.create(token)
    await story.run(job_id)
    await story.complete(job_id)

    for version in (1, 2, 3, 2, 1):
        await story.tell(await event_of(sessions, job_id, version))

    await one.hear_out()
    assert [frame["job"]["version"] for frame in one.heard if "job" in frame] == [1, 2, 3]


async def test_progress_has_the_version_of_the_job_that_runs(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    await one.subscribe()
    await story.run(job_id)

    await story.tell(progress(job_id, token, value=0.25))

    assert await one.hear_until("job.progress") == {
        "type": "job.progress",
        "job_id": str(job_id),
        "version": 2,
        "value": 0.25,
        "step": 10,
        "steps": None,
        "node": None,
    }


async def test_progress_of_a_job_that_is_known_from_the_snapshot_only_is_told(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    await story.run(job_id)
    await one.subscribe(job_id)

    await story.tell(progress(job_id, token))

    assert (await one.hear_until("job.progress"))["version"] == 2


async def test_progress_is_told_only_while_that_attempt_runs(
    one: Client, token: Token, stranger: Token, story: Story
) -> None:
    job_id, other = await story.create(token), await story.create(stranger)
    await story.run(other)
    await one.subscribe()

    await story.tell(progress(job_id, token))  # still pending
    await story.run(job_id)
    await story.tell(progress(job_id, token, attempt=2))  # not this attempt
    await story.tell(progress(other, stranger))
    await story.take_back(job_id)
    await story.tell(progress(job_id, token, attempt=1))  # no longer
    await story.tell(progress(job_id, token, attempt=2))  # not yet
    await story.run(job_id)
    await story.complete(job_id)
    await story.tell(progress(job_id, token, attempt=2))  # too late

    await one.hear_out()
    assert [frame for frame in one.heard if frame["type"] == "job.progress"] == []


async def test_progress_is_told_at_most_five_times_a_second(
    one: Client, token: Token, story: Story
) -> None:
    job_id = await story.create(token)
    await one.subscribe()
    await story.run(job_id)

    loop = asyncio.get_running_loop()
    began = loop.time()
    for step in range(200):
        await story.tell(progress(job_id, token, value=step / 200))
    await one.hear_out()
    took = loop.time() - began

    told = [frame["value"] for frame in one.heard if frame["type"] == "job.progress"]
    assert 1 <= len(told) <= took * 5 + 1
    assert told == sorted(told)


class Witness:
    """What a page would show of each job, and that it never went back."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.statuses: dict[str, str] = {}

    def note(self, frame: Frame) -> None:
        jobs = frame.get("jobs", []) if frame["type"] == "snapshot" else []
        for job in [*jobs, *([frame["job"]] if "job" in frame else [])]:
            assert job["version"] >= self.versions.get(job["id"], 0), f"{job['id']} went back"
            self.versions[job["id"]] = job["version"]
            self.statuses[job["id"]] = job["status"]
        if frame["type"] == "job.progress":
            assert frame["version"] >= self.versions.get(frame["job_id"], 0)

    async def come_and_go(self, port: int, token: Token, done: asyncio.Event) -> None:
        dice = random.Random(5)
        while not done.is_set():
            async with client(port, token) as one:
                await one.say({"type": "subscribe", "feed": "mine"})
                for _ in range(dice.randrange(1, 25)):
                    self.note(await one.hear())
                    if done.is_set():
                        return


async def test_a_client_that_comes_and_goes_at_random_ends_right_and_never_sees_a_version_go_back(
    port: int, token: Token, story: Story, sessions: Sessions
) -> None:
    """Through 50 jobs, with copies of old events now and then, as a relay that was killed makes."""
    witness, done = Witness(), asyncio.Event()
    watching = asyncio.create_task(witness.come_and_go(port, token, done))

    ended = await live_through(story, token, sessions, 50)
    done.set()
    await story.create(token)  # so that who listens hears something
    await watching
    async with client(port, token) as last:
        witness.note(await last.subscribe())
        for frame in await last.hear_out():
            witness.note(frame)

    assert {str(job_id): status for job_id, status in ended.items()}.items() <= (
        witness.statuses.items()
    )


async def live_through(
    story: Story, token: Token, sessions: Sessions, count: int
) -> dict[UUID, str]:
    """That many jobs, a few at a time; how each ended."""
    dice = random.Random(11)
    ended: dict[UUID, str] = {}

    async def one_life() -> None:
        job_id = await story.create(token)
        ending = dice.choice(["completed", "failed", "cancelled"])
        if dice.random() < 0.8 or ending != "cancelled":
            await story.run(job_id)
            await story.tell(progress(job_id, token, value=dice.random()))
        if dice.random() < 0.3:
            await story.tell(await event_of(sessions, job_id, 1))
        await {"completed": story.complete, "failed": story.fail, "cancelled": story.cancel}[
            ending
        ](job_id)
        ended[job_id] = ending

    for _ in range(count // 5):
        await asyncio.gather(*(one_life() for _ in range(5)))
    return ended
