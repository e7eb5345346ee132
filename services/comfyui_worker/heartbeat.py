"""What this worker is and holds, said at every change and every few seconds."""

import asyncio
import contextlib
from uuid import uuid4

from services.comfyui_worker.desk import Desk
from services.comfyui_worker.discovery import Discovery
from services.comfyui_worker.health import Health
from services.comfyui_worker.leftovers import Leftovers
from services.comfyui_worker.settings import Settings
from shared.bus.base import Bus
from shared.messages import Heartbeat


class Heart:
    def __init__(
        self,
        settings: Settings,
        bus: Bus,
        *,
        desk: Desk,
        health: Health,
        leftovers: Leftovers,
        discovery: Discovery,
    ) -> None:
        self.instance_id = uuid4()  # of this start
        self._settings = settings
        self._bus = bus
        self._desk = desk
        self._health = health
        self._leftovers = leftovers
        self._discovery = discovery
        self._sequence = 0
        self._offers_sent_at: float | None = None
        self._changed = asyncio.Event()
        desk.on_change(self._changed.set)
        health.on_change(self._changed.set)

    def beat_soon(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        timing = self._settings.worker_timing
        while True:
            self._changed.clear()
            await self.beat()
            await asyncio.sleep(timing.heartbeat_apart)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timing.heartbeat - timing.heartbeat_apart):
                    await self._changed.wait()

    async def beat(self) -> None:
        await self._bus.cast(self._heartbeat(asyncio.get_running_loop().time()))

    def _heartbeat(self, now: float) -> Heartbeat:
        self._sequence += 1
        offers = self._discovery.offers if self._offers_are_due(now) else None
        return Heartbeat(
            worker_id=self._settings.worker_id,
            instance_id=self.instance_id,
            seq=self._sequence,
            accepting=self._health.accepts(held=len(self._desk)),
            reason=self._health.reason(),
            ahead=self._settings.worker_ahead,
            needs_yours=self._leftovers.needs_yours,
            offers_digest=self._discovery.digest,
            offers=None if offers is None else offers.model_dump(mode="json"),
            loaded_checkpoint=self._desk.loaded_checkpoint,
            comfyui=self._discovery.description(),
            attempts=self._desk.listed(),
        )

    def _offers_are_due(self, now: float) -> bool:
        """They are large, so not each time; and any one heartbeat may be lost."""
        timing = self._settings.worker_timing
        is_new = now - self._discovery.changed_at < timing.offers_while_new
        last = self._offers_sent_at
        due = is_new or self._leftovers.needs_yours
        if due or last is None or now - last >= timing.offers_again:
            self._offers_sent_at = now
            return True
        return False
