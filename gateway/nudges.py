"""Tell the dispatcher that there is work, after the commit and not once for each.

Losing a nudge costs a second: the dispatcher looks by itself."""

import asyncio

from shared.db import outbox
from shared.db.engine import DatabaseUnavailable, Sessions

# A NOTIFY serialises commits, and nobody is woken faster by a thousand a second.
PAUSE_SECONDS = 0.02


class Nudges:
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._wanted = asyncio.Event()

    def nudge(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await outbox.nudge(self._sessions)
            except DatabaseUnavailable:
                continue  # whoever comes next nudges again
            await asyncio.sleep(PAUSE_SECONDS)
