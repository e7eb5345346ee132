"""Who listens to what: each event goes to whom it concerns, serialised once for all of them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from prometheus_client import Gauge

from services.notifier import frames
from services.notifier.known import KnownJob, Memory
from services.notifier.listener import Listener, Told
from shared.messages import JobDeleted, JobEvent, Progress
from shared.views import JobView

Index = defaultdict[UUID, set[Listener]]

sockets_open = Gauge("darkroom_notifier_sockets", "WebSockets that are open")


class Hub:
    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._of_user: Index = defaultdict(set)
        self._of_feed: Index = defaultdict(set)
        self._of_job: Index = defaultdict(set)
        self._jobs: Memory[UUID, KnownJob] = Memory()
        self._told_content: Memory[int, int] = Memory()

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        self.listeners.add(listener)
        self._of_user[listener.user_id].add(listener)
        sockets_open.inc()
        try:
            yield
        finally:
            sockets_open.dec()
            self.listeners.discard(listener)
            _remove(self._of_user, listener.user_id, listener)
            self.leave_feed(listener)
            self.leave_jobs(listener, tuple(listener.jobs))

    def sockets_of(self, user_id: UUID) -> int:
        return len(self._of_user.get(user_id, ()))

    @property
    def users_with_feed(self) -> Collection[UUID]:
        return self._of_feed.keys()

    def join_feed(self, listener: Listener) -> None:
        listener.feed = True
        self._of_feed[listener.user_id].add(listener)

    def leave_feed(self, listener: Listener) -> None:
        listener.feed = False
        _remove(self._of_feed, listener.user_id, listener)

    def join_jobs(self, listener: Listener, job_ids: Iterable[UUID]) -> None:
        for job_id in job_ids:
            listener.jobs.add(job_id)
            self._of_job[job_id].add(listener)

    def leave_jobs(self, listener: Listener, job_ids: Iterable[UUID]) -> None:
        for job_id in job_ids:
            listener.forget(job_id)
            _remove(self._of_job, job_id, listener)

    def learn(self, jobs: Iterable[JobView]) -> set[UUID]:
        """From a snapshot. Those whose events were told up to its version already."""
        caught_up = set()
        for job in jobs:
            known = self._jobs.recall(job.id, KnownJob())
            known.learn(job)
            if known.told >= job.version:
                caught_up.add(job.id)
        return caught_up

    def tell_job(self, event: JobEvent) -> None:
        """A copy of what was told, or anything older, is not told again."""
        audience = self._audience(event.user_id, event.job.id)
        if not audience:
            return
        known = self._jobs.recall(event.job.id, KnownJob())
        if event.job.version <= known.told:
            return
        known.told = event.job.version
        known.learn(event.job)
        told = Told(frames.job_event(event), event.job.id, event.job.version)
        for listener in audience:
            listener.tell(told)

    def tell_job_deleted(self, event: JobDeleted) -> None:
        told = Told(frames.job_deleted(event))
        for listener in self._audience(event.user_id, event.job_id):
            listener.tell(told)
            self.leave_jobs(listener, [event.job_id])
        self._jobs.pop(event.job_id, None)

    def tell_progress(self, progress: Progress, *, now: float) -> None:
        known = self._jobs.get(progress.job_id)
        if known is None or not known.lets_through(progress, now=now):
            return
        frame = frames.job_progress(progress, version=known.version)
        for listener in self._audience(progress.user_id, progress.job_id):
            listener.tell_progress(frame, job_id=progress.job_id, version=known.version)

    def tell_content(
        self, user_id: UUID, content_id: int, version: int, frame: Callable[[], str]
    ) -> None:
        audience = self._of_feed.get(user_id)
        if not audience or version <= self._told_content.recall(content_id, 0):
            return
        self._told_content[content_id] = version
        told = Told(frame())
        for listener in audience:
            listener.tell(told)

    def _audience(self, user_id: UUID, job_id: UUID) -> set[Listener]:
        """Never anybody else's, though they may have asked for this id a moment ago."""
        named = {one for one in self._of_job.get(job_id, ()) if one.user_id == user_id}
        return named | self._of_feed.get(user_id, set())


def _remove(index: Index, key: UUID, listener: Listener) -> None:
    """Without leaving an empty set behind."""
    found = index.get(key)
    if found is not None:
        found.discard(listener)
        if not found:
            del index[key]
