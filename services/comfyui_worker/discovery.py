"""What this ComfyUI is and offers, asked for again and again."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from services.comfyui_worker.answers import About, Queue, Unintelligible
from services.comfyui_worker.comfyui import ComfyUi, ComfyUiUnavailable
from services.comfyui_worker.health import Health
from services.comfyui_worker.settings import Timing
from shared.workflows.object_info import offers_from_object_info
from shared.workflows.requirements import Offers
from shared.workflows.workflow import Workflows

log = structlog.get_logger()

PROBE_WHEN_SILENT = 1.0  # seconds


class Discovery:
    def __init__(
        self,
        comfyui: ComfyUi,
        workflows: Workflows,
        *,
        health: Health,
        see_queue: Callable[[Queue], None],
        timing: Timing,
    ) -> None:
        self.about: About | None = None
        self.offers: Offers | None = None
        self.digest = ""
        self.changed_at = 0.0  # loop time
        self._comfyui = comfyui
        self._workflows = workflows
        self._health = health
        self._see_queue = see_queue
        self._timing = timing
        self._described_at = 0.0
        self._silences = 0
        self._is_garbled = False  # and the log says so

    def description(self) -> dict[str, Any]:
        """For people, and for the mark on simulated images."""
        if self.about is None:
            return {"url": self._comfyui.name}
        return {
            "url": self._comfyui.name,
            "version": self.about.version,
            "device": self.about.device,
            "simulated": self.about.simulated,
        }

    @property
    def simulated(self) -> bool:
        return self.about is not None and self.about.simulated

    async def run(self) -> None:
        while True:
            try:
                await self._look()
            except (ComfyUiUnavailable, Unintelligible) as error:
                log.debug("comfyui.silent", reason=str(error))
            silent = not self._health.reachable.is_set()
            often = min(PROBE_WHEN_SILENT, self._timing.probe)
            await asyncio.sleep(often if silent else self._timing.probe)

    async def _look(self) -> None:
        self.about = await self._comfyui.about()
        if not self._health.described or self._health.is_busy:
            self._see_queue(await self._comfyui.queue())
        if self._is_stale():
            await self._describe()

    async def _describe(self) -> None:
        """What makes no sense tells nothing new: what is known stays, and is asked for again."""
        silences = self._health.silences
        try:
            object_info = await self._comfyui.object_info()
        except Unintelligible as error:
            if not self._is_garbled:
                log.warning("comfyui.not_described", reason=str(error))
            self._is_garbled = True
            return
        self._is_garbled = False
        self._see_offers(object_info)
        self._silences, self._described_at = silences, self._now()
        self._health.describe()

    def _is_stale(self) -> bool:
        """It may have been restarted with other models and nodes while it was silent."""
        silent_meanwhile = self._silences != self._health.silences
        age = self._now() - self._described_at
        return self.offers is None or silent_meanwhile or age >= self._timing.describe

    def _see_offers(self, object_info: object) -> None:
        offers = offers_from_object_info(object_info, self._workflows)
        if offers == self.offers:
            return
        self.offers, self.digest, self.changed_at = offers, offers.digest(), self._now()
        log.info("comfyui.described", nodes=len(offers.nodes), digest=self.digest[:12])

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
