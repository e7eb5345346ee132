"""Claims are answered alike however often they are asked; failures end their attempt once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from services.dispatcher import deadletters
from services.dispatcher.claims import Claims
from services.dispatcher.reaper import reap_once
from services.dispatcher.reports import Reports
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.bus.base import DeadLetter
from shared.db import tables
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, JobEvent
from shared.jobs import FailureCode, JobId, JobStatus
from shared.messages import Claim, Drop, Failed, Generate, Go
from shared.messages.base import encode
from tests.factories import make_job, make_worker
from tests.infrastructure.recording_bus import RecordingBus

TIMING = Timing()


async def send(sessions: Sessions, report: Claim | Failed) -> RecordingBus:
    bus = RecordingBus()
    wake = Wake()
    claims = Claims(sessions, bus, wake, TIMING)
    await Reports(sessions, claims, wake, TIMING).take(report)
    return bus


def claim(job: Job, *, attempt: int = 1, worker_id: str = "gpu-1") -> Claim:
    return Claim(worker_id=worker_id, job_id=JobId(job.id), attempt=attempt, claim_id=uuid4())


def failed(job: Job, code: FailureCode, *, attempt: int = 1) -> Failed:
    return Failed(
        worker_id="gpu-1", job_id=JobId(job.id), attempt=attempt, code=code, message="because"
    )


async def fresh(sessions: Sessions, job_id: UUID) -> Job:
    async with transaction(sessions) as session:
        return await session.get_one(Job, job_id)


async def test_the_same_claim_gets_the_same_go_and_one_event(sessions: Sessions) -> None:
    job = await make_job(sessions, worker_id="gpu-1")
    question = claim(job)
    answers = [(await send(sessions, question)).casts for _ in range(3)]
    first = Go(
        worker_id="gpu-1",
        job_id=JobId(job.id),
        attempt=1,
        claim_id=question.claim_id,
        is_first=True,
    )
    again = first.model_copy(update={"is_first": False})
    assert answers == [[first], [again], [again]]
    assert (await fresh(sessions, job.id)).version == 2


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.COMPLETED])
async def test_a_claim_of_a_final_job_is_dropped(sessions: Sessions, status: JobStatus) -> None:
    job = await make_job(sessions, status=status, worker_id="gpu-1")
    assert isinstance((await send(sessions, claim(job))).casts[0], Drop)
    assert (await fresh(sessions, job.id)).status == status


async def test_a_claim_of_another_attempt_or_worker_or_of_no_job_is_dropped(
    sessions: Sessions,
) -> None:
    job = await make_job(sessions, worker_id="gpu-1", attempt=2)
    nobody = Claim(worker_id="gpu-1", job_id=JobId(uuid4()), attempt=1)
    wrong = [claim(job, attempt=1), claim(job, attempt=2, worker_id="gpu-2"), nobody]
    for question in wrong:
        assert isinstance((await send(sessions, question)).casts[0], Drop)
    assert (await fresh(sessions, job.id)).status == JobStatus.PENDING


async def test_a_job_that_was_started_twenty_times_is_given_up(sessions: Sessions) -> None:
    job = await make_job(sessions, worker_id="gpu-1", attempt=21)
    async with transaction(sessions) as session:
        session.add_all(
            JobEvent(job_id=job.id, version=n + 1, type="job.running", attempt=n, worker_id="gpu-1")
            for n in range(1, 21)
        )
        await session.execute(update(Job).values(version=30))
    assert isinstance((await send(sessions, claim(job, attempt=21))).casts[0], Drop)
    after = await fresh(sessions, job.id)
    assert after.error is not None
    assert (after.status, after.error["code"]) == (JobStatus.FAILED, "gave_up")


async def test_a_copy_of_a_failure_finds_its_attempt_over(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    for _ in range(3):
        await send(sessions, failed(job, FailureCode.LOST))
    after = await fresh(sessions, job.id)
    assert (after.status, after.attempt, after.failures) == (JobStatus.PENDING, 2, 1)
    assert after.worker_id is None
    assert after.not_before is not None


async def test_a_permanent_failure_keeps_the_nodes_own_words(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    report = failed(job, FailureCode.EXECUTION_ERROR).model_copy(
        update={"node_id": "3", "node_type": "KSampler"}
    )
    await send(sessions, report)
    after = await fresh(sessions, job.id)
    assert after.status == JobStatus.FAILED
    assert after.error == {
        "code": "execution_error", "message": "because", "node_id": "3",
        "node_type": "KSampler", "retryable": False,
    }  # fmt: skip


async def test_three_counted_failures_end_a_job(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    for attempt in (1, 2, 3):
        assert (await fresh(sessions, job.id)).status != JobStatus.FAILED
        await send(sessions, failed(job, FailureCode.LOST, attempt=attempt))
    assert (await fresh(sessions, job.id)).status == JobStatus.FAILED


async def test_interruptions_by_hand_are_counted_from_the_events(sessions: Sessions) -> None:
    job = await make_job(sessions, status=JobStatus.RUNNING)
    for attempt in (1, 2):
        await send(sessions, failed(job, FailureCode.INTERRUPTED_IN_COMFYUI, attempt=attempt))
        assert (await fresh(sessions, job.id)).status == JobStatus.PENDING
    await send(sessions, failed(job, FailureCode.INTERRUPTED_IN_COMFYUI, attempt=3))
    assert (await fresh(sessions, job.id)).status == JobStatus.FAILED


async def test_the_reaper_takes_back_what_fell_silent_and_nothing_else(
    sessions: Sessions,
) -> None:
    silent = await make_job(
        sessions, status=JobStatus.RUNNING, lease_expires_at=func.now() - timedelta(seconds=1)
    )
    alive = await make_job(sessions, status=JobStatus.RUNNING)
    assert await reap_once(sessions, TIMING) == 1
    taken = await fresh(sessions, silent.id)
    assert (taken.status, taken.attempt, taken.failures) == (JobStatus.PENDING, 2, 0)
    assert (await fresh(sessions, alive.id)).attempt == 1


@pytest.mark.parametrize("others_free", [True, False])
async def test_an_unclaimed_job_moves_only_when_another_worker_is_free(
    sessions: Sessions, others_free: bool
) -> None:
    await make_worker(sessions, "gpu-1")
    await make_worker(sessions, "gpu-2", accepting=others_free)
    job = await make_job(
        sessions, worker_id="gpu-1", assigned_at=func.now() - timedelta(seconds=31),
        lease_expires_at=func.now() + timedelta(seconds=30),
    )  # fmt: skip
    assert await reap_once(sessions, TIMING) == int(others_free)
    assert (await fresh(sessions, job.id)).attempt == (2 if others_free else 1)


async def test_a_drained_worker_keeps_only_what_it_has_begun(sessions: Sessions) -> None:
    await make_worker(sessions, "gpu-1", wanted="drain")
    lease = func.now() + timedelta(seconds=30)
    waiting = await make_job(sessions, worker_id="gpu-1", lease_expires_at=lease)
    begun = await make_job(sessions, status=JobStatus.RUNNING, worker_id="gpu-1")
    assert await reap_once(sessions, TIMING) == 1
    assert (await fresh(sessions, waiting.id)).worker_id is None
    assert (await fresh(sessions, begun.id)).worker_id == "gpu-1"


async def test_a_dead_letter_is_kept_and_its_job_tried_again(sessions: Sessions) -> None:
    job = await make_job(sessions, worker_id="gpu-1")
    body = encode(
        Generate(
            worker_id="gpu-1", job_id=JobId(job.id), attempt=1, user_id=job.user_id,
            workflow="w", prompt="p", negative_prompt="", params={}, timeout_s=60,
        )
    )  # fmt: skip
    letter = DeadLetter(queue="generate.gpu-1", reason="delivery_limit", body=body)
    await deadletters.handle(letter, sessions=sessions, wake=Wake(), timing=TIMING)
    after = await fresh(sessions, job.id)
    assert (after.status, after.attempt, after.failures) == (JobStatus.PENDING, 2, 1)
    async with transaction(sessions) as session:
        row = (await session.scalars(select(tables.DeadLetter))).one()
        assert (row.job_id, row.body, row.reason) == (job.id, body, "delivery_limit")


async def test_a_dead_letter_that_nobody_can_read_is_kept(sessions: Sessions) -> None:
    letter = DeadLetter(queue="outputs", reason="rejected", body=b"\x00 not json")
    await deadletters.handle(letter, sessions=sessions, wake=Wake(), timing=TIMING)
    async with transaction(sessions) as session:
        assert (await session.scalars(select(tables.DeadLetter.job_id))).all() == [None]


@pytest.mark.parametrize(("decision", "published"), [("retry", 1), ("discard", 0)])
async def test_an_admins_decision_on_a_dead_letter_is_carried_out_once(
    sessions: Sessions, decision: str, published: int
) -> None:
    job = await make_job(sessions)
    async with transaction(sessions) as session:
        session.add(
            tables.DeadLetter(
                queue="reports", reason="rejected", body=encode(claim(job)), decision=decision
            )
        )
    bus = RecordingBus()
    while await deadletters.settle_once(sessions, bus):
        pass
    assert len(bus.published) == published
    assert await deadletters.settle_once(sessions, bus) == 0
