"""Who gets a job, and whose: on real rows."""

import asyncio
from datetime import timedelta

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from services.dispatcher.assign import assign_once
from services.dispatcher.settings import Timing
from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, JobEvent, OutboxRow, User
from shared.jobs import JobStatus, JobType, Phase
from tests.factories import make_job, make_user, make_worker

TIMING = Timing()
NEEDS = ["workflow:solid_color"]


async def make_jobs(sessions: Sessions, user: User, count: int, *, priority: int = 0) -> None:
    async with transaction(sessions) as session:
        session.add_all(
            Job(
                id=uuid7(), user_id=user.id, job_type=JobType.IMAGE, prompt=str(number),
                params={"workflow": "solid_color"}, priority=priority,
            )
            for number in range(count)
        )  # fmt: skip


async def holders(sessions: Sessions) -> list[tuple[str, str | None]]:
    """Prompt and worker of each job, oldest first."""
    async with transaction(sessions) as session:
        rows = await session.execute(select(Job.prompt, Job.worker_id).order_by(Job.id))
        return [(row.prompt, row.worker_id) for row in rows]


async def given(sessions: Sessions) -> list[str]:
    """Prompts in the order in which their commands were written."""
    async with transaction(sessions) as session:
        rows = await session.scalars(
            select(Job.prompt).join(OutboxRow, OutboxRow.job_id == Job.id).order_by(OutboxRow.id)
        )
        return list(rows)


async def test_a_worker_gets_two_for_comfyui_and_what_it_wants_ahead(sessions: Sessions) -> None:
    await make_worker(sessions, "gpu-1", ahead=2)
    for number in range(6):
        await make_job(sessions, prompt=str(number))

    await assign_once(sessions, TIMING)

    assert await given(sessions) == ["0", "1", "2", "3"]


async def test_an_assignment_is_no_transition(sessions: Sessions) -> None:
    await make_worker(sessions)
    job = await make_job(sessions)

    await assign_once(sessions, TIMING)

    async with transaction(sessions) as session:
        after = await session.get_one(Job, job.id)
        events = await session.scalar(
            select(func.count()).select_from(JobEvent).where(JobEvent.job_id == job.id)
        )
        assert (after.status, after.version, events) == (JobStatus.PENDING, 1, 1)
        assert after.lease_expires_at is not None
        assert after.assigned_at is not None


async def test_stored_jobs_take_no_room(sessions: Sessions) -> None:
    await make_worker(sessions, "gpu-1", ahead=0)
    for _ in range(2):
        await make_job(sessions, status=JobStatus.RUNNING, worker_id="gpu-1", phase=Phase.STORED)
    await make_job(sessions, prompt="next")
    await assign_once(sessions, TIMING)
    assert await given(sessions) == ["next"]


async def test_only_a_live_accepting_undrained_worker_gets_jobs(sessions: Sessions) -> None:
    await make_worker(sessions, "silent", silent_for=timedelta(seconds=20))
    await make_worker(sessions, "closed", accepting=False)
    await make_worker(sessions, "drained", wanted="drain")
    await make_job(sessions)
    assert await assign_once(sessions, TIMING) == 0


async def test_each_job_goes_only_where_its_models_are(sessions: Sessions) -> None:
    await make_worker(sessions, "gpu-a", has=["checkpoints:a", *NEEDS])
    await make_worker(sessions, "gpu-b", has=["checkpoints:b", *NEEDS])
    for model in ("a", "b", "a", "b", "c"):
        await make_job(sessions, prompt=model, needs=[f"checkpoints:{model}", *NEEDS])

    await assign_once(sessions, TIMING)

    expected = {"a": "gpu-a", "b": "gpu-b", "c": None}
    assert all(expected[prompt] == worker for prompt, worker in await holders(sessions))


async def test_users_take_turns_and_priority_starves_nobody(sessions: Sessions) -> None:
    await make_worker(sessions, ahead=2)
    greedy, modest = await make_user(sessions), await make_user(sessions)
    await make_jobs(sessions, greedy, 500, priority=10)
    await make_job(sessions, modest, prompt="modest")

    await assign_once(sessions, TIMING)

    assert "modest" in (await given(sessions))[:2]


async def test_among_ones_own_jobs_priority_overtakes_then_age_decides(sessions: Sessions) -> None:
    await make_worker(sessions, ahead=2)
    user = await make_user(sessions)
    await make_jobs(sessions, user, 500)
    await make_job(sessions, user, prompt="urgent", priority=5)

    await assign_once(sessions, TIMING)

    assert await given(sessions) == ["urgent", "0", "1", "2"]


async def test_a_job_that_pauses_is_not_given(sessions: Sessions) -> None:
    await make_worker(sessions)
    await make_job(sessions, not_before=func.now() + timedelta(minutes=1))
    await make_job(sessions, prompt="due", not_before=func.now() - timedelta(seconds=1))
    await assign_once(sessions, TIMING)
    assert await given(sessions) == ["due"]


async def test_a_loaded_checkpoint_is_preferred_but_not_for_ever(sessions: Sessions) -> None:
    await make_worker(sessions, ahead=8, loaded_checkpoint="b")
    user = await make_user(sessions)
    for model in "abbbbbbbb":
        await make_job(sessions, user, prompt=model, params={"workflow": "w", "checkpoint": model})

    await assign_once(sessions, TIMING)

    assert "".join(await given(sessions)) == "bbbbabbbb"


async def test_jobs_spread_over_workers(sessions: Sessions) -> None:
    for name in ("gpu-1", "gpu-2", "gpu-3"):
        await make_worker(sessions, name)
    for _ in range(6):
        await make_job(sessions)
    await assign_once(sessions, TIMING)
    workers = [worker for _, worker in await holders(sessions)]
    assert {workers.count(name) for name in ("gpu-1", "gpu-2", "gpu-3")} == {2}


async def test_many_dispatchers_give_each_job_once(sessions: Sessions) -> None:
    await make_worker(sessions, ahead=50)
    for number in range(40):
        await make_job(sessions, prompt=str(number))

    await asyncio.gather(*(assign_once(sessions, TIMING) for _ in range(4)))

    prompts = await given(sessions)
    assert len(prompts) == len(set(prompts)) == 40


async def test_the_users_row_remembers_the_turn(sessions: Sessions) -> None:
    await make_worker(sessions)
    user = await make_user(sessions)
    await make_job(sessions, user)
    await assign_once(sessions, TIMING)
    async with transaction(sessions) as session:
        assert (await session.get_one(User, user.id)).last_turn_at is not None
