"""The newest that is known of each job and item, so that nothing is told twice or backwards."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.jobs import JobStatus
from shared.messages import Progress
from shared.views import JobView

REMEMBERED = 20_000
PROGRESS_PAUSE = 0.2  # seconds between two progress frames of a job

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memory(OrderedDict[Key, Value], Generic[Key, Value]):
    """Forgets what was not asked for longest."""

    def recall(self, key: Key, new: Value) -> Value:
        found = self.setdefault(key, new)
        self.move_to_end(key)
        if len(self) > REMEMBERED:
            self.popitem(last=False)
        return found


@dataclass(slots=True)
class KnownJob:
    told: int = 0  # version of the last event that was passed on
    version: int = 0  # the newest, of events and snapshots
    status: JobStatus = JobStatus.PENDING
    attempt: int = 0
    progress_at: float = -PROGRESS_PAUSE  # of the loop's clock

    def learn(self, job: JobView) -> None:
        if job.version >= self.version:
            self.version, self.status, self.attempt = job.version, job.status, job.attempt

    def lets_through(self, progress: Progress, *, now: float) -> bool:
        """While that attempt runs, as far as is known, and at most 5 times a second."""
        is_of_now = self.status == JobStatus.RUNNING and self.attempt == progress.attempt
        if not is_of_now or now - self.progress_at < PROGRESS_PAUSE:
            return False
        self.progress_at = now
        return True
