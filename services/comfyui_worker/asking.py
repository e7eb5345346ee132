"""May this attempt begin? Asked until the dispatcher answers."""

import asyncio
import contextlib

from services.comfyui_worker.attempts import Attempt
from services.comfyui_worker.reports import Reports
from services.comfyui_worker.settings import Timing
from shared.bus.base import Bus


class Asking:
    def __init__(self, bus: Bus, reports: Reports, timing: Timing) -> None:
        self._bus = bus
        self._reports = reports
        self._timing = timing

    async def until_granted(self, attempt: Attempt) -> None:
        """On return the `go` is of this connection: while it lasts no other worker of this name
        acts, and without one nobody knows."""
        while True:
            await self._bus.until_connected()
            if attempt.go.is_set():
                return
            await self._reports.claim(attempt)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.claim_again):
                    await attempt.go.wait()
