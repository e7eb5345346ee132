"""The parts of one worker, put together."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import httpx

from services.comfyui_worker.answers import Queue
from services.comfyui_worker.asking import Asking
from services.comfyui_worker.breaker import Breaker
from services.comfyui_worker.cancelling import Ender
from services.comfyui_worker.comfyui import ComfyUi, name_of
from services.comfyui_worker.delivery import Delivery
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.directory import OutputDirectory
from services.comfyui_worker.discovery import Discovery
from services.comfyui_worker.doorbell import Doorbell
from services.comfyui_worker.entrance import Entrance
from services.comfyui_worker.health import Health
from services.comfyui_worker.hearing import Hearing
from services.comfyui_worker.heartbeat import Heart
from services.comfyui_worker.leftovers import Leftovers
from services.comfyui_worker.outputs import Outputs
from services.comfyui_worker.reports import Reports
from services.comfyui_worker.runner import Runner
from services.comfyui_worker.settings import Settings
from services.comfyui_worker.tidying import Tidying
from services.comfyui_worker.turns import Turns
from services.comfyui_worker.watch import Watch
from services.comfyui_worker.watchman import Watchman
from shared.bus.base import Bus
from shared.media import MediaStore
from shared.workflows.workflow import Workflows


class Parts:
    def __init__(
        self,
        settings: Settings,
        *,
        bus: Bus,
        media: MediaStore,
        workflows: Workflows,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        timing, worker_id, url = settings.worker_timing, settings.worker_id, settings.comfyui_url
        directory = _directory(settings)
        breaker = Breaker(timing.first_ailing_pause, timing.longest_ailing_pause)
        self.alone = asyncio.Event()  # no other worker has this id
        self.ready = asyncio.Event()  # to take jobs, as far as the broker is concerned
        self.desk = Desk()
        self.health = Health(worker_id, name_of(url), breaker)
        self.comfyui = ComfyUi(
            url,
            timing=timing,
            permitted=self.alone,
            notice=self.health.notice,
            transport=transport,
        )
        reports = Reports(bus, worker_id, timing)
        folders = directory if settings.comfyui_output_clean else None
        self.tidying = Tidying(self.comfyui, timing, folders=folders)
        ender = Ender(self.comfyui, timing)
        self.watchman = Watchman(self.desk, self.health, worker_id=worker_id, timing=timing)
        self.watch = Watch(self.comfyui, timing, on_queue=self.watchman.see_queue)
        hearing = Hearing(self.desk, self.watch, reports)
        self.doorbell = Doorbell(url, hear=hearing.hear, timing=timing)
        self.leftovers = Leftovers(worker_id, self.desk, ender, self.tidying)
        self.delivery = Delivery(media, reports, self.health, worker_id=worker_id, timing=timing)
        self.turns = Turns(self.desk, self.health, worker_ahead=settings.worker_ahead)
        self.discovery = Discovery(
            self.comfyui,
            workflows,
            health=self.health,
            see_queue=self._see_queue,
            timing=timing,
        )
        self.heart = Heart(
            settings,
            bus,
            ready=self.ready,
            desk=self.desk,
            health=self.health,
            leftovers=self.leftovers,
            discovery=self.discovery,
        )
        asking = Asking(bus, reports, timing)
        self.runner = Runner(
            asking=asking,
            comfyui=self.comfyui,
            delivery=self.delivery,
            desk=self.desk,
            discovery=self.discovery,
            ender=ender,
            entrance=Entrance(
                self.comfyui,
                asking,
                self.doorbell,
                workflows,
                worker_id=worker_id,
                timing=timing,
            ),
            health=self.health,
            outputs=Outputs(self.comfyui, timing, directory=directory),
            reports=reports,
            tidying=self.tidying,
            timing=timing,
            watch=self.watch,
            workflows=workflows,
        )

    def _see_queue(self, queue: Queue) -> None:
        self.watchman.see_queue(queue)
        if not self.leftovers.looked:
            self.leftovers.see_first_queue(queue)

    def loops(self) -> Iterator[Coroutine[Any, Any, None]]:
        """For ever, each of them."""
        yield self.delivery.probe_store()
        yield self.discovery.run()
        yield self.doorbell.run()
        yield self.heart.run()
        yield self.leftovers.run()
        yield self.tidying.run()
        yield self.turns.run()
        yield self.watch.run()
        yield self.watchman.run()


def _directory(settings: Settings) -> OutputDirectory | None:
    folder = settings.comfyui_output_dir
    return None if folder is None else OutputDirectory(folder)
