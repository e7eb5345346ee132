"""What a heartbeat renews, heals and answers."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select, text, update

from services.dispatcher.heartbeats import Heartbeats
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.quick import quick
from shared.db.tables import Job, OutboxRow, Worker
from shared.jobs import JobId, JobStatus, Phase
from shared.messages import AttemptRef, Drop, Heartbeat, HeldAttempt, Yours
from tests.factories import make_job
from tests.infrastructure.recording_bus import RecordingBus
from tests.infrastructure.waiting import until

INSTANCE = UUID("11111111-1111-4111-8111-111111111111")
OFFERS = {"nodes": ["SaveImage"], "options": {"checkpoints": ["a"]}, "workflows": ["solid_color"]}


class Peer:
    """A worker, as far as the dispatcher hears of it."""

    def __init__(self, sessions: Sessions, instance_id: UUID = INSTANCE) -> None:
        self.sessions, self.instance_id, self.seq = sessions, instance_id, 0
        self.bus = RecordingBus()
        self.heartbeats = Heartbeats(sessions, self.bus, Wake(), Timing())

    async def beats(self, *held: HeldAttempt, **fields: object) -> None:
        self.seq += 1
        said = {
            "worker_id": "gpu-1", "instance_id": self.instance_id, "seq": self.seq,
            "accepting": True, "ahead": 2, "offers": OFFERS, "offers_digest": "d1",
            "attempts": held,
        }  # fmt: skip
        await self.heartbeats.take(Heartbeat.model_validate(said | fields))


def held(job: Job, *, attempt: int = 1, progress: float | None = None) -> HeldAttempt:
    return HeldAttempt(
        job_id=JobId(job.id), attempt=attempt, phase=Phase.RENDERING, progress=progress
    )


async def running_job(sessions: Sessions, *, assigned_seconds_ago: int = 60) -> Job:
    return await make_job(
        sessions,
        status=JobStatus.RUNNING,
        worker_id="gpu-1",
        assigned_at=func.now() - timedelta(seconds=assigned_seconds_ago),
        lease_expires_at=func.now() + timedelta(seconds=1),
    )


async def commands(sessions: Sessions) -> list[tuple[UUID | None, int | None]]:
    async with transaction(sessions) as session:
        rows = await session.execute(
            select(OutboxRow.job_id, OutboxRow.attempt).where(OutboxRow.attempt.is_not(None))
        )
        return [(row.job_id, row.attempt) for row in rows]


async def lease_seconds(sessions: Sessions, job: Job) -> float:
    async with transaction(sessions) as session:
        left = select(func.extract("epoch", Job.lease_expires_at - func.now()))
        return float(await session.scalar(left.where(Job.id == job.id)) or 0)


async def test_it_renews_the_lease_and_writes_progress_without_a_version(
    sessions: Sessions,
) -> None:
    job = await running_job(sessions)
    await Peer(sessions).beats(held(job, progress=0.5))
    async with transaction(sessions) as session:
        after = await session.get_one(Job, job.id)
        assert (after.progress, after.phase, after.version) == (0.5, Phase.RENDERING, job.version)
    assert await lease_seconds(sessions, job) > 50


async def test_one_that_is_not_newer_changes_nothing(sessions: Sessions) -> None:
    peer = Peer(sessions)
    await peer.beats(reason="newest")
    for old in (0, 1):
        await peer.beats(reason="old", seq=old)
    async with transaction(sessions) as session:
        assert (await session.get_one(Worker, "gpu-1")).reason == "newest"


async def test_what_it_holds_but_should_not_is_dropped_each_time(sessions: Sessions) -> None:
    final = await make_job(sessions, status=JobStatus.CANCELLED, worker_id="gpu-1")
    moved_on = await make_job(sessions, attempt=2, worker_id="gpu-2")
    unknown = JobId(uuid4())
    peer = Peer(sessions)
    lost = HeldAttempt(job_id=unknown, attempt=1, phase=Phase.WAITING)
    for _ in range(2):
        await peer.beats(held(final), held(moved_on), lost)
    dropped = [m.job_id for m in peer.bus.casts if isinstance(m, Drop)]
    assert dropped == [final.id, moved_on.id, unknown] * 2


async def test_a_job_unlisted_twice_is_published_again(sessions: Sessions) -> None:
    peer = Peer(sessions)
    await peer.beats()
    job = await running_job(sessions)
    await peer.beats()
    assert await commands(sessions) == []
    await peer.beats()
    assert await commands(sessions) == [(job.id, 1)]


async def test_a_listed_job_starts_the_count_again(sessions: Sessions) -> None:
    peer = Peer(sessions)
    await peer.beats()
    job = await running_job(sessions)
    for attempts in ((), (held(job),), ()):
        await peer.beats(*attempts)
    assert await commands(sessions) == []


async def test_a_job_just_given_is_not_missed_yet(sessions: Sessions) -> None:
    peer = Peer(sessions)
    await peer.beats()
    await running_job(sessions, assigned_seconds_ago=5)
    for _ in range(3):
        await peer.beats()
    assert await commands(sessions) == []


async def test_a_new_instance_gets_its_attempts_again_at_once(sessions: Sessions) -> None:
    await Peer(sessions).beats()
    job = await running_job(sessions, assigned_seconds_ago=0)
    reborn = Peer(sessions, instance_id=uuid4())
    await reborn.beats()
    assert await commands(sessions) == [(job.id, 1)]
    await reborn.beats()
    assert await commands(sessions) == [(job.id, 1)]


async def test_who_asks_is_told_which_attempts_are_its_own(sessions: Sessions) -> None:
    job = await running_job(sessions)
    await make_job(sessions, status=JobStatus.CANCELLED, worker_id="gpu-1")
    await make_job(sessions, status=JobStatus.RUNNING, worker_id="gpu-2")
    peer = Peer(sessions)
    await peer.beats(needs_yours=True)
    ours = AttemptRef(job_id=JobId(job.id), attempt=1)
    assert peer.bus.casts == [Yours(worker_id="gpu-1", instance_id=INSTANCE, attempts=(ours,))]


async def test_offers_stay_known_between_the_heartbeats_that_carry_them(
    sessions: Sessions,
) -> None:
    peer = Peer(sessions)
    await peer.beats()
    await peer.beats(offers=None)
    async with transaction(sessions) as session:
        worker = await session.get_one(Worker, "gpu-1")
        assert {"checkpoints:a", "node:SaveImage", "workflow:solid_color"} <= set(worker.has)


async def test_a_worker_whose_new_offers_did_not_arrive_can_do_nothing_yet(
    sessions: Sessions,
) -> None:
    peer = Peer(sessions)
    await peer.beats()
    await peer.beats(offers=None, offers_digest="d2")
    async with transaction(sessions) as session:
        assert (await session.get_one(Worker, "gpu-1")).has == []


async def test_an_admins_wish_outlives_heartbeats(sessions: Sessions) -> None:
    peer = Peer(sessions)
    await peer.beats()
    async with transaction(sessions) as session:
        await session.execute(update(Worker).values(wanted="drain"))
    await peer.beats()
    async with transaction(sessions) as session:
        assert (await session.get_one(Worker, "gpu-1")).wanted == "drain"


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


async def waits_for_lock(sessions: Sessions) -> bool:
    async with transaction(sessions) as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
