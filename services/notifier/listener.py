"""One socket: whose it is, what it is subscribed to, and how far it has been told.

No job's version ever goes backwards here. Events come in order of version, but a snapshot may be
ahead of them: `_ahead` has the jobs of which that is so, until their events have caught up.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.notifier.mailbox import LENGTH, TOO_SLOW, Mailbox


@dataclass(frozen=True)
class Told:
    """An event as clients get it. Without a version it is told to whoever is subscribed."""

    frame: str
    job_id: UUID | None = None
    version: int = 0


class Listener:
    def __init__(self, user_id: UUID, token_id: UUID, mailbox: Mailbox) -> None:
        self.user_id = user_id
        self.token_id = token_id
        self.mailbox = mailbox
        self.jobs: set[UUID] = set()
        self.feed = False
        self.refreshing = asyncio.Lock()
        self.is_stale = False  # events were lost since the snapshot, or the one being read, began
        self.positions: Mapping[UUID, int] | None = None  # as a snapshot told, until the next tick
        self._ahead: dict[UUID, int] = {}
        self._held: list[Told] | None = None

    @property
    def is_holding(self) -> bool:
        return self._held is not None

    def hold(self) -> None:
        """Until `release`, events wait: the snapshot that is being read goes first."""
        if self._held is None:
            self._held = []

    def release(
        self, frames: Iterable[str], versions: Mapping[UUID, int], caught_up: Iterable[UUID]
    ) -> None:
        """Send the snapshot, whose jobs have these versions, and then what is newer.

        `caught_up`: those whose events were told to others up to that version already."""
        for frame in frames:
            self.mailbox.put(frame)
        for job_id, version in versions.items():
            self._ahead[job_id] = max(version, self._ahead.get(job_id, 0))
        if self.is_stale:
            return
        held, self._held = self._held or [], None
        for told in held:
            self.tell(told)
        for job_id in caught_up:
            self._ahead.pop(job_id, None)

    def tell(self, told: Told) -> None:
        if self._held is None:
            if self._is_newer(told):
                self.mailbox.put(told.frame)
        elif len(self._held) < LENGTH:
            self._held.append(told)
        else:
            self.mailbox.close(TOO_SLOW)

    def tell_progress(self, frame: str, *, job_id: UUID, version: int) -> None:
        if self._held is None and self._ahead.get(job_id, 0) <= version:
            self.mailbox.put_progress(frame)

    def forget(self, job_id: UUID) -> None:
        self.jobs.discard(job_id)
        if not self.feed:
            self._ahead.pop(job_id, None)

    def _is_newer(self, told: Told) -> bool:
        if told.job_id is None:
            return True
        if told.version <= self._ahead.get(told.job_id, 0):
            return False
        self._ahead.pop(told.job_id, None)
        return True
