from typing import Any
from uuid import UUID

from services.notifier.known import REMEMBERED, KnownJob, Memory
from shared.jobs import JobId, JobStatus
from shared.messages import Progress
from shared.views import JobView


def job(version: int, status: JobStatus, attempt: int = 1) -> JobView:
    made: Any = JobView.model_construct
    view: JobView = made(version=version, status=status, attempt=attempt)
    return view


def progress(attempt: int = 1) -> Progress:
    return Progress(job_id=JobId(UUID(int=1)), user_id=UUID(int=2), attempt=attempt, value=0.5)


def test_progress_passes_while_its_attempt_runs() -> None:
    known = KnownJob()
    assert not known.lets_through(progress(), now=1)

    known.learn(job(2, JobStatus.RUNNING))
    assert known.lets_through(progress(), now=1)
    assert not known.lets_through(progress(attempt=2), now=2)

    known.learn(job(3, JobStatus.COMPLETED))
    assert not known.lets_through(progress(), now=3)


def test_progress_passes_five_times_a_second() -> None:
    known = KnownJob()
    known.learn(job(2, JobStatus.RUNNING))

    passed = [known.lets_through(progress(), now=step / 100) for step in range(100)]

    assert sum(passed) == 5


def test_what_is_older_teaches_nothing() -> None:
    known = KnownJob()
    known.learn(job(3, JobStatus.CANCELLED))
    known.learn(job(2, JobStatus.RUNNING))

    assert known.status == JobStatus.CANCELLED


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    memory: Memory[int, str] = Memory()
    for key in range(REMEMBERED):
        memory.recall(key, "first")
    memory.recall(0, "again")
    memory.recall(REMEMBERED, "one more")

    assert memory[0] == "first"
    assert 1 not in memory
    assert len(memory) == REMEMBERED
