"""Once a second: to each client, the subscribed pending jobs whose position changed."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from services.notifier import frames
from services.notifier.hub import Hub
from services.notifier.listener import Listener
from shared.db.engine import Sessions, transaction
from shared.db.positions import Positions, QueueSnapshot
from shared.db.tables import Job

Places = Mapping[UUID, int]  # job → position


class QueueTold:
    def __init__(self, sessions: Sessions, positions: Positions, hub: Hub) -> None:
        self._sessions = sessions
        self._positions = positions
        self._hub = hub
        self._last: Places = {}

    async def tell(self) -> None:
        """Raises DatabaseUnavailable."""
        listeners = [one for one in self._hub.listeners if one.feed or one.jobs]
        if not listeners:
            self._last = {}
            return
        queue = await self._positions.now()
        places = _places_in(queue)
        changed = {job: place for job, place in places.items() if self._last.get(job) != place}
        of_feeds = await self._places_of_feeds(places)
        for listener in listeners:
            if not listener.is_holding:
                _tell_one(listener, queue, places, changed, of_feeds.get(listener.user_id, {}))
        self._last = places

    async def _places_of_feeds(self, places: Places) -> dict[UUID, dict[UUID, int]]:
        users = self._hub.users_with_feed
        if not users or not places:
            return {}
        async with transaction(self._sessions) as session:
            found = await session.execute(
                select(Job.id, Job.user_id).where(Job.id.in_(places), Job.user_id.in_(users))
            )
        of_feeds: dict[UUID, dict[UUID, int]] = {}
        for job_id, user_id in found:
            of_feeds.setdefault(user_id, {})[job_id] = places[job_id]
        return of_feeds


def _places_in(queue: QueueSnapshot) -> dict[UUID, int]:
    return {
        job_id: place.queue_position
        for job_id, place in queue.places.items()
        if place.queue_position is not None
    }


def _tell_one(
    listener: Listener, queue: QueueSnapshot, places: Places, changed: Places, of_feed: Places
) -> None:
    mine = {job: places[job] for job in listener.jobs if job in places}
    if listener.feed:
        mine |= of_feed
    if listener.positions is None:
        news = {job: place for job, place in mine.items() if job in changed}
    else:  # its snapshot may be older or newer than what the others were told last
        news = {job: place for job, place in mine.items() if listener.positions.get(job) != place}
        listener.positions = None
    if news:
        listener.mailbox.put(frames.queue(queue.waiting, news))
