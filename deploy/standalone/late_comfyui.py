"""A ComfyUI that appears after the simulator was chosen: a restart would use it, says the page."""

import asyncio

from deploy.standalone.neighbour import ADDRESS, begin_to_look
from shared.process import wait_or_stop

EVERY_SECONDS = 30.0
ANSWER_SECONDS = 1.0


class LateComfyUI:
    def __init__(
        self, address: tuple[str, int] = ADDRESS, *, every_seconds: float = EVERY_SECONDS
    ) -> None:
        self.url: str | None = None  # None: it is not there
        self._address = address
        self._every_seconds = every_seconds

    async def watch(self, stop: asyncio.Event) -> None:
        while not await wait_or_stop(stop, self._every_seconds):
            looking = begin_to_look(self._address, seconds=ANSWER_SECONDS)
            is_there = await asyncio.wrap_future(looking)
            self.url = "http://{}:{}".format(*self._address) if is_there else None
