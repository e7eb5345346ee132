"""What this worker is and holds, said at every change and every few seconds."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.comfyui_worker.desk import Desk
from services.comfyui_worker.discovery import Discovery
from services.comfyui_worker.health import Health
from services.comfyui_worker.leftovers import Leftovers
from services.comfyui_worker.settings import Settings
from shared.bus.base import Bus
from shared.messages import Heartbeat


@dataclass(eq=False)
class Heart:
    settings: Settings
    bus: Bus
    ready: asyncio.Event
    desk: Desk
    health: Health
    leftovers: Leftovers
    discovery: Discovery
    instance_id: UUID = field(default_factory=uuid4)  # of this start
    _sequence: int = 0
    _offers_sent_at: float | None = None  # loop time
    _digest_sent: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.desk.on_change(self._changed.set)
        self.health.on_change(self._changed.set)

    def beat_soon(self) -> None:
        self._changed.set()

    async def run(self) -> None:
        timing = self.settings.worker_timing
        while True:
            self._changed.clear()
            await self.beat()
            await asyncio.sleep(timing.heartbeat_apart)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timing.heartbeat - timing.heartbeat_apart):
                    await self._changed.wait()

    async def beat(self) -> None:
        """Silent until its queues are there: whoever hears it sends jobs into them."""
        if not self.ready.is_set():
            return
        await self.bus.cast(self._heartbeat(asyncio.get_running_loop().time()))

    def _heartbeat(self, now: float) -> Heartbeat:
        self._sequence += 1
        offers = self.discovery.offers if self._offers_are_due(now) else None
        return Heartbeat(
            worker_id=self.settings.worker_id,
            instance_id=self.instance_id,
            seq=self._sequence,
            accepting=self.health.accepts(held=len(self.desk)),
            reason=self.health.reason(),
            ahead=0 if self.health.breaker.ailing else self.settings.worker_ahead,
            needs_yours=self.leftovers.needs_yours,
            offers_digest=self.discovery.digest,
            offers=None if offers is None else offers.model_dump(mode="json"),
            loaded_checkpoint=self.desk.loaded_checkpoint,
            comfyui=self.discovery.description(),
            attempts=self.desk.listed(),
        )

    def _offers_are_due(self, now: float) -> bool:
        """They are large, so not each time; and any one heartbeat may be lost."""
        timing = self.settings.worker_timing
        is_new = now - self.discovery.changed_at < timing.offers_while_new
        insists = is_new or self.leftovers.needs_yours
        apart = timing.offers_apart if insists else timing.offers_again
        last = self._offers_sent_at
        if last is None or self.discovery.digest != self._digest_sent or now - last >= apart:
            self._offers_sent_at, self._digest_sent = now, self.discovery.digest
            return True
        return False
