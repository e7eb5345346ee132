"""What a heartbeat renews, heals and answers."""

from uuid import uuid4

from sqlalchemy import update

from shared.db.engine import Sessions, transaction
from shared.db.tables import Job, Worker
from shared.jobs import JobId, JobStatus, Phase
from shared.messages import AttemptRef, Drop, HeldAttempt, Yours
from tests.factories import make_job
from tests.integration.dispatcher.heartbeat_peer import (
    INSTANCE,
    Peer,
    commands,
    held,
    lease_seconds,
    running_job,
)


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
