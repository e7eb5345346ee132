"""shared/db/positions.py: who is next, and what the others wait for."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, update

from shared.db.engine import Sessions
from shared.db.positions import FIRST, Positions, QueueSnapshot
from shared.db.tables import Job, User
from shared.jobs import JobStatus
from shared.views import WaitingFor
from tests.factories import make_job, make_user, make_worker


@pytest.fixture
def positions(sessions: Sessions) -> Positions:
    return Positions(sessions, lasts_seconds=0)


def order(queue: QueueSnapshot) -> list[UUID]:
    placed = [(place.queue_position, job_id) for job_id, place in queue.places.items()]
    return [job_id for _, job_id in sorted(placed, key=lambda one: one[0] or 0)]


async def waiting_for(positions: Positions, job: Job) -> WaitingFor | None:
    return (await positions.now()).of(job.id, JobStatus.PENDING).waiting_for


async def had_a_turn(sessions: Sessions, user: User, *, seconds_ago: int) -> None:
    async with sessions.begin() as session:
        await session.execute(
            update(User)
            .where(User.id == user.id)
            .values(last_turn_at=func.now() - timedelta(seconds=seconds_ago))
        )


async def test_users_take_turns_and_priority_counts_among_ones_own_jobs(
    sessions: Sessions, positions: Positions
) -> None:
    never, long_ago, just_now = [await make_user(sessions) for _ in range(3)]
    await had_a_turn(sessions, long_ago, seconds_ago=60)
    await had_a_turn(sessions, just_now, seconds_ago=1)
    eager = [await make_job(sessions, just_now, priority=10) for _ in range(2)]
    old = await make_job(sessions, never)
    urgent = await make_job(sessions, never, priority=1)
    single = await make_job(sessions, long_ago, priority=-10)

    queue = await positions.now()

    expected = [urgent, single, eager[0], old, eager[1]]
    assert order(queue) == [job.id for job in expected]
    assert queue.of(urgent.id, JobStatus.PENDING).queue_position == 1
    assert queue.waiting == 5


async def test_what_a_worker_has_comes_first_and_what_is_not_due_last(
    sessions: Sessions, positions: Positions
) -> None:
    user = await make_user(sessions)
    await make_worker(sessions, "gpu-1", has=[])
    soon = datetime.now(UTC) + timedelta(seconds=30)
    later = await make_job(sessions, user, priority=10, not_before=soon)
    due = await make_job(sessions, user, not_before=datetime.now(UTC) - timedelta(seconds=1))
    held = await make_job(
        sessions, user, priority=-10, worker_id="gpu-1", assigned_at=datetime.now(UTC)
    )
    await make_job(sessions, user, status=JobStatus.RUNNING)

    queue = await positions.now()

    assert order(queue) == [held.id, due.id, later.id]
    assert queue.of(held.id, JobStatus.PENDING).waiting_for is None
    reason = queue.of(later.id, JobStatus.PENDING).waiting_for
    assert reason is not None
    assert reason.kind == "retry"
    assert reason.detail.startswith("the next attempt begins in ")


async def test_only_a_pending_job_has_a_place(sessions: Sessions, positions: Positions) -> None:
    job = await make_job(sessions)
    queue = await positions.now()

    place = queue.of(job.id, JobStatus.RUNNING)

    assert (place.queue_position, place.waiting_for) == (None, None)


async def test_it_waits_for_a_worker_where_none_lives(
    sessions: Sessions, positions: Positions
) -> None:
    await make_worker(sessions, "gpu-1", silent_for=timedelta(seconds=16))
    job = await make_job(sessions)
    left_behind = await make_job(sessions, worker_id="gpu-1", assigned_at=datetime.now(UTC))

    for one in (job, left_behind):
        reason = await waiting_for(positions, one)
        assert reason is not None
        assert reason.kind == "worker"


async def test_it_waits_for_comfyui_in_the_workers_own_words(
    sessions: Sessions, positions: Positions
) -> None:
    words = "ComfyUI is stuck, restart it"
    await make_worker(sessions, "gpu-1", accepting=False, reason=words)
    await make_worker(sessions, "gpu-2", wanted="drain")
    job = await make_job(sessions, needs=["checkpoints:a"])

    reason = await waiting_for(positions, job)

    assert reason == WaitingFor(
        kind="comfyui", detail=f"gpu-1: {words}; gpu-2: it is being drained"
    )


async def test_it_waits_for_a_model_that_is_named(sessions: Sessions, positions: Positions) -> None:
    await make_worker(sessions, "gpu-1", has=["checkpoints:a", "loras:x"])
    await make_worker(sessions, "gpu-2", has=["checkpoints:b"])
    served = await make_job(sessions, needs=["checkpoints:a", "loras:x"])
    unknown = await make_job(sessions, needs=["checkpoints:a", "loras:y"])
    scattered = await make_job(sessions, needs=["checkpoints:b", "loras:x"])

    assert await waiting_for(positions, served) is None
    assert await waiting_for(positions, unknown) == WaitingFor(
        kind="model", detail='no live worker has LoRA "y"'
    )
    reason = await waiting_for(positions, scattered)
    assert reason is not None
    assert reason.kind == "model"


async def test_it_waits_for_the_one_worker_that_could_and_does_not_accept(
    sessions: Sessions, positions: Positions
) -> None:
    await make_worker(sessions, "gpu-1", has=["checkpoints:a"], accepting=False, reason="busy")
    await make_worker(sessions, "gpu-2", has=["checkpoints:b"])
    job = await make_job(sessions, needs=["checkpoints:a"])

    assert await waiting_for(positions, job) == WaitingFor(kind="comfyui", detail="gpu-1: busy")


async def test_positions_end_after_a_thousand_and_reasons_do_not(
    sessions: Sessions, positions: Positions
) -> None:
    user = await make_user(sessions)
    job = await make_job(sessions, user, priority=-10)
    async with sessions.begin() as session:
        session.add_all(
            Job(
                id=UUID(int=number),
                user_id=user.id,
                job_type="image",
                prompt="x",
                params={},
            )
            for number in range(1, FIRST + 1)
        )

    queue = await positions.now()

    assert len(queue.places) == FIRST
    place = queue.of(job.id, JobStatus.PENDING)
    assert place.queue_position is None
    assert place.waiting_for is not None
    assert place.waiting_for.kind == "worker"


async def test_one_query_serves_all_who_ask_within_a_second(sessions: Sessions) -> None:
    positions = Positions(sessions, lasts_seconds=3600)
    before = await positions.now()
    await make_job(sessions)

    assert await positions.now() is before
