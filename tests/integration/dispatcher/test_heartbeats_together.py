"""Heartbeats that wait together, and beside other statements about the same jobs."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, text, update

from services.dispatcher.heartbeats import Heartbeats
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.quick import quick
from shared.db.tables import Job
from shared.jobs import JobId, JobStatus, Phase
from shared.messages import Drop, Heartbeat, HeldAttempt
from tests.factories import make_job
from tests.infrastructure.locks import waits_for_lock
from tests.infrastructure.recording_bus import RecordingBus
from tests.infrastructure.waiting import until
from tests.integration.dispatcher.heartbeat_peer import (
    INSTANCE,
    OFFERS,
    Peer,
    commands,
    held,
    lease_seconds,
    running_job,
)


async def outcome(sessions: Sessions, job: Job) -> tuple[Phase | None, float | None, int]:
    async with transaction(sessions) as session:
        now = await session.get_one(Job, job.id)
        return (now.phase, now.progress, now.unlisted)


async def written(sessions: Sessions) -> int:
    """Updates of jobs so far."""
    async with transaction(sessions) as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
    async with transaction(sessions) as session:
        count = text("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'generation_jobs'")
        return int(await session.scalar(count) or 0)


async def test_heartbeats_of_many_workers_that_wait_are_applied_each_as_if_alone(
    sessions: Sessions,
) -> None:
    workers = [f"gpu-{number}" for number in range(1, 6)]
    ours = {name: await make_job(
        sessions, status=JobStatus.RUNNING, worker_id=name,
        assigned_at=func.now() - timedelta(seconds=60),
    ) for name in workers}  # fmt: skip
    bus = RecordingBus()
    heartbeats = Heartbeats(sessions, bus, Wake(), Timing())

    async def beat(name: str, seq: int, *listed: HeldAttempt, instance: UUID = INSTANCE) -> None:
        await heartbeats.take(
            Heartbeat(
                worker_id=name, instance_id=instance, seq=seq, accepting=True, ahead=2,
                offers_digest="d1", offers=OFFERS, attempts=listed,
            )
        )  # fmt: skip

    for name in workers:
        await beat(name, 1, held(ours[name]))
    foreign = ours["gpu-1"]

    await asyncio.gather(
        beat("gpu-1", 2, held(ours["gpu-1"], progress=0.5)),
        beat("gpu-2", 1, held(ours["gpu-2"], progress=0.9)),  # old
        beat("gpu-3", 2),  # lists nothing
        beat("gpu-4", 2, held(ours["gpu-4"], progress=0.7), held(foreign)),  # one that is not its
        beat("gpu-5", 1, instance=uuid4()),  # a new instance
    )

    assert await outcome(sessions, ours["gpu-1"]) == (Phase.RENDERING, 0.5, 0)
    assert await outcome(sessions, ours["gpu-2"]) == (Phase.RENDERING, None, 0)
    assert await outcome(sessions, ours["gpu-3"]) == (Phase.RENDERING, None, 1)
    assert await outcome(sessions, ours["gpu-4"]) == (Phase.RENDERING, 0.7, 0)
    assert bus.casts == [Drop(worker_id="gpu-4", job_id=JobId(foreign.id), attempt=1)]
    assert await commands(sessions) == [(ours["gpu-5"].id, 1)]


async def test_what_is_as_it_was_and_freshly_renewed_is_not_written_again(
    sessions: Sessions,
) -> None:
    job = await running_job(sessions)
    peer = Peer(sessions)
    await peer.beats(held(job, progress=0.5))
    before = await written(sessions)

    await peer.beats(held(job, progress=0.5))
    assert await written(sessions) == before
    await peer.beats(held(job, progress=0.6))
    assert await written(sessions) == before + 1


async def test_a_lease_that_is_not_fresh_is_renewed_though_nothing_changed(
    sessions: Sessions,
) -> None:
    job = await running_job(sessions)
    peer = Peer(sessions)
    await peer.beats(held(job, progress=0.5))
    async with transaction(sessions) as session:
        await session.execute(
            update(Job).values(lease_expires_at=func.now() + timedelta(seconds=57))
        )
    await peer.beats(held(job, progress=0.5))
    assert await lease_seconds(sessions, job) > 58


async def test_a_heartbeat_waits_for_a_claim_of_the_same_jobs_and_not_in_a_circle(
    sessions: Sessions,
) -> None:
    some = [
        await make_job(sessions, worker_id="gpu-1", assigned_at=func.now() - timedelta(seconds=60))
        for _ in range(30)
    ]
    peer = Peer(sessions)
    await peer.beats()

    async def claim(order: list[Job]) -> None:
        async with quick(sessions) as database:
            await jobs.claim(database, [jobs.Asked(JobId(job.id), 1, "gpu-1") for job in order])

    async def beat() -> None:
        for progress in (0.1, 0.2, 0.3):
            await peer.beats(*(held(job, progress=progress) for job in reversed(some[::2])))

    await asyncio.gather(beat(), claim(some[:15]), claim(some[:10:-1]))

    for job in some[::2]:
        assert (await outcome(sessions, job))[:2] == (Phase.RENDERING, 0.3)


async def test_a_job_that_ends_while_its_heartbeat_waits_for_it_stays_as_it_is(
    sessions: Sessions,
) -> None:
    job = await running_job(sessions)
    peer = Peer(sessions)
    await peer.beats(held(job))

    async with transaction(sessions) as session:
        await jobs.fail(session, JobId(job.id), attempt=1, error={"code": "lost", "message": ""})
        beating = asyncio.create_task(peer.beats(held(job, progress=0.5)))
        await until(lambda: waits_for_lock(sessions), what="the heartbeat waits for the failure")
    await beating

    async with transaction(sessions) as session:
        after = await session.get_one(Job, job.id)
        assert (after.status, after.progress, after.lease_expires_at) == ("failed", None, None)
