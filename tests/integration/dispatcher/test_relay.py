"""The outbox reaches the broker: at least once, in order, and by one dispatcher at a time."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.dispatcher.locks import Work, is_mine
from services.dispatcher.relay import relay_once
from shared.bus.base import BrokerUnavailable
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.outbox import announce
from shared.db.quick import quick
from shared.db.tables import Job, OutboxRow
from shared.failpoints import Killed, killing_at
from shared.jobs import JobId, JobStatus
from shared.messages import Drop, Generate, JobDeleted, JobEvent, Message
from tests.factories import make_job, make_user
from tests.infrastructure.recording_bus import RecordingBus


async def make_history(sessions: Sessions) -> Job:
    """A job that was claimed, taken back, and cancelled, with all of it still in the outbox."""
    job = await make_job(sessions, worker_id="gpu-1")
    job_id = JobId(job.id)
    async with quick(sessions) as database:
        await jobs.claim(database, [jobs.Asked(job_id, 1, "gpu-1")])
    async with transaction(sessions) as session:
        await jobs.retry(
            session, job_id, attempt=1, counted=False, pause=timedelta(0), detail={"code": "lost"}
        )
    async with transaction(sessions) as session:
        await jobs.cancel(session, job_id, user_id=job.user_id)
    return job


async def waiting(sessions: Sessions) -> int:
    async with transaction(sessions) as session:
        return await session.scalar(select(func.count()).select_from(OutboxRow)) or 0


def story(bus: RecordingBus, job: Job) -> list[tuple[str, int, str]]:
    return [
        (message.type, message.job.version, message.job.status)
        for message in bus.published
        if isinstance(message, JobEvent) and message.job.id == job.id
    ]


TOLD = [
    ("job.running", 2, "running"),
    ("job.retrying", 3, "pending"),
    ("job.cancelled", 4, "cancelled"),
]


async def test_each_event_tells_the_job_as_it_was_then(sessions: Sessions) -> None:
    job, bus = await make_history(sessions), RecordingBus()

    assert await relay_once(sessions, bus) == 3

    assert story(bus, job) == TOLD
    retrying = next(m for m in bus.published if m.type == "job.retrying")
    assert isinstance(retrying, JobEvent)
    assert (retrying.job.attempt, retrying.job.started_at, retrying.job.finished_at) == (
        2,
        None,
        None,
    )
    assert await waiting(sessions) == 0


async def test_what_ends_an_attempt_tells_its_worker_to_drop_it(sessions: Sessions) -> None:
    job, bus = await make_history(sessions), RecordingBus()
    await relay_once(sessions, bus)
    assert bus.casts == [Drop(worker_id="gpu-1", job_id=JobId(job.id), attempt=1)]


async def test_an_unconfirmed_event_holds_up_its_own_job_only(sessions: Sessions) -> None:
    first, second = await make_history(sessions), await make_history(sessions)
    bus = RecordingBus()

    def refuses(message: Message) -> bool:
        return (
            isinstance(message, JobEvent)
            and message.job.id == first.id
            and message.type == "job.retrying"
        )

    bus.refuses = refuses
    assert await relay_once(sessions, bus) == 4
    assert story(bus, second) == TOLD
    assert story(bus, first) == TOLD[:1]

    bus.refuses = lambda message: False
    assert await relay_once(sessions, bus) == 2
    assert story(bus, first) == TOLD


async def test_a_broker_that_confirms_nothing_is_said_and_nothing_is_lost(
    sessions: Sessions,
) -> None:
    await make_history(sessions)
    bus = RecordingBus()
    bus.refuses = lambda message: True
    with pytest.raises(BrokerUnavailable):
        await relay_once(sessions, bus)
    assert await waiting(sessions) == 3


@pytest.mark.parametrize(
    "place", ["relay.read", "relay.published", "relay.deleted", "relay.committed"]
)
async def test_killed_anywhere_the_relay_ends_in_the_same_state(
    sessions: Sessions, place: str
) -> None:
    job, bus = await make_history(sessions), RecordingBus()

    with killing_at(place), pytest.raises(Killed):
        await relay_once(sessions, bus)
    while await relay_once(sessions, bus):
        pass

    assert await waiting(sessions) == 0
    told = story(bus, job)
    assert told[-3:] == TOLD  # once in order at the end; before it at most one whole copy
    assert told[:-3] in ([], TOLD)


async def test_while_one_relays_the_others_stand_by(sessions: Sessions) -> None:
    job, bus = await make_history(sessions), RecordingBus()
    async with transaction(sessions) as session:
        assert await is_mine(session, Work.RELAY)
        assert await relay_once(sessions, bus) is None
    counts = await asyncio.gather(*(relay_once(sessions, bus) for _ in range(3)))
    assert sum(count or 0 for count in counts) == 3
    assert story(bus, job) == TOLD


async def test_a_command_of_an_attempt_that_is_over_is_never_sent(sessions: Sessions) -> None:
    current = await make_job(sessions, worker_id="gpu-1", attempt=2)
    async with transaction(sessions) as session:
        session.add_all([OutboxRow(job_id=current.id, attempt=n) for n in (1, 2)])
    bus = RecordingBus()

    await relay_once(sessions, bus)

    commands = [m for m in bus.published if isinstance(m, Generate)]
    assert [(c.job_id, c.attempt, c.worker_id) for c in commands] == [(current.id, 2, "gpu-1")]
    assert commands[0].prompt == current.prompt
    assert await waiting(sessions) == 0


async def test_an_unroutable_command_holds_nothing_up(sessions: Sessions) -> None:
    job = await make_job(sessions, worker_id="gone")
    other = await make_history(sessions)
    async with transaction(sessions) as session:
        session.add(OutboxRow(job_id=job.id, attempt=1))
    bus = RecordingBus()
    bus.cannot_route = lambda message: isinstance(message, Generate)

    await relay_once(sessions, bus)

    assert await waiting(sessions) == 0
    assert story(bus, other) == TOLD


async def test_events_of_a_removed_job_are_passed_over_and_its_removal_is_told(
    sessions: Sessions,
) -> None:
    job = await make_history(sessions)
    async with transaction(sessions) as session:
        await session.delete(await session.get_one(Job, job.id))
        await announce(session, JobDeleted(user_id=job.user_id, job_id=JobId(job.id)))
    bus = RecordingBus()

    await relay_once(sessions, bus)

    assert [m.type for m in bus.published] == ["job.deleted"]
    assert await waiting(sessions) == 0


async def test_no_jobs_events_are_out_of_order_however_many_relay(sessions: Sessions) -> None:
    user = await make_user(sessions)
    made = [await make_job(sessions, user, worker_id="gpu-1") for _ in range(100)]
    bus = RecordingBus()
    stop = asyncio.Event()

    async def relay() -> None:
        while not stop.is_set() or await waiting(sessions):
            await relay_once(sessions, bus)

    async def advance(job: Job) -> None:
        async with quick(sessions) as database:
            await jobs.claim(database, [jobs.Asked(JobId(job.id), 1, "gpu-1")])
        async with transaction(sessions) as session:
            await jobs.cancel(session, JobId(job.id), user_id=user.id)

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(relay())
        await asyncio.gather(*(advance(job) for job in made))
        stop.set()

    for job in made:
        assert [status for _, _, status in story(bus, job)] == [
            JobStatus.RUNNING,
            JobStatus.CANCELLED,
        ]
