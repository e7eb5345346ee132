"""Events and progress from the broker → hub; and a new snapshot for all when some were lost."""

import asyncio
from functools import partial

import structlog

from services.notifier import frames
from services.notifier.hub import Hub
from services.notifier.listener import Listener
from services.notifier.snapshots import Snapshots
from shared.errors import Unavailable
from shared.messages import (
    ContentCreated,
    ContentDeleted,
    ContentUpdated,
    Event,
    JobDeleted,
    JobEvent,
    Progress,
)
from shared.process import wait_or_stop

log = structlog.get_logger()

AT_ONCE = 4  # snapshots being read
PAUSE_SECONDS = 1  # in an outage


class Feed:
    def __init__(self, hub: Hub, snapshots: Snapshots) -> None:
        self._hub = hub
        self._snapshots = snapshots
        self._lost = asyncio.Event()

    async def handle(self, message: Event | Progress) -> None:
        """Never waits, so messages are told in the order in which they came. Of copies, as of
        anything older than what was told, nothing is told (hub.py)."""
        match message:
            case JobEvent():
                self._hub.tell_job(message)
            case Progress():
                self._hub.tell_progress(message, now=asyncio.get_running_loop().time())
            case JobDeleted():
                self._hub.tell_job_deleted(message)
            case ContentDeleted():
                self._hub.tell_content(
                    message.user_id,
                    message.content_id,
                    message.version,
                    partial(frames.content_deleted, message),
                )
            case ContentCreated() | ContentUpdated():
                self._hub.tell_content(
                    message.user_id,
                    message.content.id,
                    message.content.version,
                    partial(frames.content_event, message),
                )

    async def begin_again(self) -> None:
        """Our queue is new, and what came while there was none is lost: everybody's events wait
        for a new snapshot."""
        for listener in self._hub.listeners:
            listener.is_stale = True
            listener.hold()
        self._lost.set()

    async def make_up(self, stop: asyncio.Event) -> None:
        """Send those snapshots, for as long as it takes."""
        while not stop.is_set():
            stale = [one for one in self._hub.listeners if one.is_stale]
            if not stale:
                self._lost.clear()
                await _either(self._lost, stop)
                continue
            turns = asyncio.Semaphore(AT_ONCE)
            done = await asyncio.gather(*(self._make_up_one(one, turns) for one in stale))
            if not all(done):
                await wait_or_stop(stop, PAUSE_SECONDS)

    async def _make_up_one(self, listener: Listener, turns: asyncio.Semaphore) -> bool:
        async with turns:
            try:
                await self._snapshots.tell_everything(listener)
            except Unavailable as outage:
                log.info("snapshot.waits", reason=str(outage))
                return False
        return True


async def _either(one: asyncio.Event, other: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
