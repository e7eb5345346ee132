from datetime import UTC, datetime
from uuid import UUID

from services.notifier.hub import Hub
from services.notifier.listener import Listener
from services.notifier.mailbox import Mailbox
from shared.jobs import JobId, JobStatus, JobType
from shared.messages import JobDeleted, JobRunning
from shared.views import JobView

JOB, OWNER, STRANGER = JobId(UUID(int=1)), UUID(int=2), UUID(int=3)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def listener(user_id: UUID) -> Listener:
    return Listener(user_id, UUID(int=9), Mailbox(lambda frame: False))


def running(version: int) -> JobRunning:
    job = JobView(
        id=JOB,
        job_type=JobType.IMAGE,
        status=JobStatus.RUNNING,
        prompt="",
        negative_prompt="",
        params={},
        tags=[],
        priority=0,
        attempt=1,
        warnings=[],
        version=version,
        created_at=NOW,
        updated_at=NOW,
    )
    return JobRunning(user_id=OWNER, job=job)


async def told(one: Listener) -> list[str]:
    one.mailbox.put("end")
    frames = []
    while (frame := await one.mailbox.next()) != "end":
        frames.append(str(frame)[:21])
    return frames


async def test_who_asked_for_somebody_elses_job_is_told_nothing_even_before_the_answer() -> None:
    hub, owner, stranger = Hub(), listener(OWNER), listener(STRANGER)
    hub.join_jobs(owner, [JOB])
    hub.join_jobs(stranger, [JOB])

    hub.tell_job(running(2))
    hub.tell_job_deleted(JobDeleted(user_id=OWNER, job_id=JOB))

    assert await told(owner) == ['{"type":"job.running"', '{"type":"job.deleted"']
    assert await told(stranger) == []


async def test_one_that_left_leaves_nothing_behind() -> None:
    hub, one = Hub(), listener(OWNER)
    with hub.listening(one):
        hub.join_feed(one)
        hub.join_jobs(one, [JOB])
        assert hub.sockets_of(OWNER) == 1

    hub.tell_job(running(2))

    assert await told(one) == []
    assert hub.sockets_of(OWNER) == 0
    assert not hub.users_with_feed
    assert not hub.listeners
