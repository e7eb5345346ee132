"""Of the heartbeats of one worker that wait, only the newest says anything."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

from shared.messages import Heartbeat


class Newest:
    """Call it from as many tasks as there are heartbeats: those overtaken return at once.

    One of each worker is applied at a time. A heartbeat that fails is the caller's again."""

    def __init__(self, apply: Callable[[Heartbeat], Awaitable[None]]) -> None:
        self._apply = apply
        self._newest: dict[str, Heartbeat] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, heartbeat: Heartbeat) -> None:
        worker_id = heartbeat.worker_id
        known = self._newest.get(worker_id)
        if known is not None and _is_overtaken(heartbeat, by=known):
            return
        self._newest[worker_id] = heartbeat
        async with self._turns[worker_id]:
            if self._newest[worker_id] is heartbeat:
                await self._apply(heartbeat)


def _is_overtaken(heartbeat: Heartbeat, *, by: Heartbeat) -> bool:
    return heartbeat.instance_id == by.instance_id and heartbeat.seq < by.seq
