"""Claims that are answered together: each as if it had been alone."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from services.dispatcher.claims import Claims
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.quick import quick
from shared.db.tables import Job, JobEvent, OutboxRow
from shared.jobs import JobId, JobStatus
from shared.messages import Claim, Control, Drop, Go
from tests.factories import make_job, make_user
from tests.infrastructure.recording_bus import RecordingBus

BEYOND_AN_INTEGER = 2**40


def claim(job: Job, *, attempt: int = 1, worker_id: str = "gpu-1") -> Claim:
    return Claim(worker_id=worker_id, job_id=JobId(job.id), attempt=attempt)


async def answers(sessions: Sessions, *claims: Claim) -> list[type[Control]]:
    """Of claims that all wait for the end of one before them, so that they go together."""
    bus = RecordingBus()
    desk = Claims(sessions, bus, Wake(), Timing())
    before = await make_job(sessions, worker_id="gpu-1")
    await asyncio.gather(*(desk.answer(question) for question in (claim(before), *claims)))
    said = {
        (m.worker_id, m.job_id, m.attempt): type(m) for m in bus.casts if isinstance(m, Go | Drop)
    }
    return [said[one.worker_id, one.job_id, one.attempt] for one in claims]


async def events(sessions: Sessions, job: Job) -> list[tuple[str, int, str | None]]:
    async with transaction(sessions) as session:
        rows = await session.execute(
            select(JobEvent.type, JobEvent.version, JobEvent.worker_id)
            .where(JobEvent.job_id == job.id)
            .order_by(JobEvent.version)
        )
        return [(row.type, row.version, row.worker_id) for row in rows]


async def test_in_a_batch_each_gets_the_answer_that_it_would_get_alone(sessions: Sessions) -> None:
    user = await make_user(sessions)
    good = await make_job(sessions, user, worker_id="gpu-1")
    running = await make_job(sessions, user, status=JobStatus.RUNNING, worker_id="gpu-1")
    final = await make_job(sessions, user, status=JobStatus.CANCELLED, worker_id="gpu-1")
    another = await make_job(sessions, user, worker_id="gpu-2")
    moved_on = await make_job(sessions, user, worker_id="gpu-1", attempt=3)

    told = await answers(
        sessions,
        *(claim(good), claim(running), claim(final), claim(another), claim(moved_on, attempt=2)),
        *(claim(good, worker_id="gpu-2"), claim(running, worker_id="gpu-2")),
    )

    assert told == [Go, Go, Drop, Drop, Drop, Drop, Drop]
    assert await events(sessions, good) == [("job.created", 1, None), ("job.running", 2, "gpu-1")]
    for untouched in (running, final, another, moved_on):
        assert len(await events(sessions, untouched)) == untouched.version


async def test_copies_in_one_batch_make_one_event_and_one_row(sessions: Sessions) -> None:
    job = await make_job(sessions, worker_id="gpu-1")

    assert await answers(sessions, *[claim(job)] * 5) == [Go] * 5

    assert len(await events(sessions, job)) == 2
    async with transaction(sessions) as session:
        told = select(func.count()).where(OutboxRow.job_id == job.id)
        assert await session.scalar(told) == 1


async def test_of_claims_that_wait_together_one_is_the_first(sessions: Sessions) -> None:
    """Two instances of a worker, one after the other, ask within one batch: were both told to be
    the first, both might submit without a look."""
    job = await make_job(sessions, worker_id="gpu-1")
    bus = RecordingBus()
    desk = Claims(sessions, bus, Wake(), Timing())
    before = await make_job(sessions, worker_id="gpu-1")
    questions = [claim(job).model_copy(update={"claim_id": uuid4()}) for _ in range(4)]

    await asyncio.gather(*(desk.answer(question) for question in (claim(before), *questions)))

    told = [m for m in bus.casts if isinstance(m, Go) and m.job_id == job.id]
    assert {go.claim_id for go in told} == {question.claim_id for question in questions}
    assert sum(go.is_first for go in told) == 1


async def test_a_claim_that_the_database_refuses_is_alone_in_that(sessions: Sessions) -> None:
    good, other = [await make_job(sessions, worker_id="gpu-1") for _ in range(2)]
    bus = RecordingBus()
    desk = Claims(sessions, bus, Wake(), Timing())
    wrong = claim(other, worker_id="gpu-1\x00")

    said = await asyncio.gather(
        *(desk.answer(question) for question in (claim(other), wrong, claim(good))),
        return_exceptions=True,
    )

    assert [said[0], said[2]] == [None, None]
    assert isinstance(said[1], Exception)
    assert {(type(m), m.job_id) for m in bus.casts if isinstance(m, Go | Drop)} == {
        (Go, other.id),
        (Go, good.id),
    }


async def test_a_claim_that_another_dispatcher_answers_at_that_moment_is_granted(
    sessions: Sessions,
) -> None:
    some = [await make_job(sessions, worker_id="gpu-1") for _ in range(20)]
    buses = [RecordingBus() for _ in range(3)]
    desks = [Claims(sessions, bus, Wake(), Timing()) for bus in buses]

    await asyncio.gather(*(desk.answer(claim(job)) for job in some for desk in desks))

    for bus in buses:
        assert {(type(m), m.job_id) for m in bus.casts if isinstance(m, Go | Drop)} == {
            (Go, job.id) for job in some
        }
    for job in some:
        assert len(await events(sessions, job)) == 2


async def test_batches_that_overlap_wait_for_each_other_and_not_in_a_circle(
    sessions: Sessions,
) -> None:
    some = [await make_job(sessions, worker_id="gpu-1") for _ in range(40)]
    asked = [jobs.Asked(JobId(job.id), 1, "gpu-1") for job in some]

    async def ask(order: list[jobs.Asked]) -> int:
        async with quick(sessions) as database:
            return len(await jobs.claim(database, order))

    moved = await asyncio.gather(ask(asked), ask(asked[::-1]), ask(asked[20:] + asked[:20]))

    assert sum(moved) == 40


@pytest.mark.parametrize("meanwhile", ["cancelled", "taken back"])
async def test_a_job_that_changes_while_its_batch_waits_for_it_is_dropped(
    sessions: Sessions, meanwhile: str
) -> None:
    first, second = [await make_job(sessions, worker_id="gpu-1") for _ in range(2)]
    bus = RecordingBus()
    desk = Claims(sessions, bus, Wake(), Timing())

    async with sessions() as session:
        change = {
            "cancelled": "status = 'cancelled', finished_at = now()",
            "taken back": "attempt = 2, worker_id = NULL",
        }[meanwhile]
        await session.execute(
            text(f"UPDATE generation_jobs SET {change} WHERE id = :id"), {"id": second.id}
        )
        asking = [asyncio.create_task(desk.answer(claim(job))) for job in (second, first)]
        await session.commit()
        await asyncio.gather(*asking)

    assert {(type(m), m.job_id) for m in bus.casts if isinstance(m, Go | Drop)} == {
        (Drop, second.id),
        (Go, first.id),
    }
