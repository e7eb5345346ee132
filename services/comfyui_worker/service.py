"""The worker: takes what the dispatcher gives it, and has its one ComfyUI make it.

generate ──▶ Desk ──▶ a Runner each: claim ──▶ go ──▶ Entrance ──▶ Watch ──▶ Outputs ──▶ Delivery
go, drop, yours ──▶ the attempts that they name
"""

import asyncio
import contextlib

import httpx
import structlog

from services.comfyui_worker.assembly import Parts
from services.comfyui_worker.settings import Settings
from shared.bus.base import Bus, control_queue, work_queue
from shared.media import MediaStore
from shared.messages import AttemptRef, Control, Drop, Generate, Go, Yours
from shared.workflows.workflow import Workflows

log = structlog.get_logger()


async def run(
    settings: Settings,
    *,
    bus: Bus,
    media: MediaStore,
    workflows: Workflows,
    stop: asyncio.Event,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Returns within the grace time after `stop`; what ComfyUI runs then, it goes on running."""
    parts = Parts(settings, bus=bus, media=media, workflows=workflows, transport=transport)
    async with parts.comfyui, asyncio.TaskGroup() as tasks:
        loops = [tasks.create_task(loop) for loop in parts.loops()]
        worker = Worker(settings, bus, parts, tasks)
        try:
            await worker.serve(stop)
        finally:
            for task in (*loops, *worker.running):
                task.cancel()


class Worker:
    """Its two queues. A copy of any message changes nothing: what it tells is known by then."""

    def __init__(
        self, settings: Settings, bus: Bus, parts: Parts, tasks: asyncio.TaskGroup
    ) -> None:
        self.running: set[asyncio.Task[None]] = set()
        self._settings = settings
        self._bus = bus
        self._parts = parts
        self._tasks = tasks

    async def serve(self, stop: asyncio.Event) -> None:
        worker_id = self._settings.worker_id
        async with self._bus.subscribe(
            control_queue(worker_id),
            self._obey,
            prefetch=None,
            on_subscribed=self._be_alone,
            on_locked=self._step_aside,
        ):
            async with self._bus.subscribe(
                work_queue(worker_id), self._take, prefetch=None, on_subscribed=self._be_ready
            ):
                await stop.wait()
            await self._stop()

    async def _be_alone(self) -> None:
        """Another worker of this name may have acted while the connection was away."""
        for attempt in self._parts.desk:
            attempt.ask_anew()
        self._parts.alone.set()

    async def _be_ready(self) -> None:
        self._parts.ready.set()
        self._parts.heart.beat_soon()

    async def _step_aside(self) -> None:
        """Somebody else acts under this name: two would submit and cancel each other's prompts."""
        self._parts.alone.clear()
        self._parts.ready.clear()
        name = self._settings.worker_id
        log.error(
            "worker.locked_out",
            reason=f"another worker called {name} is connected; set WORKER_ID",
        )

    async def _take(self, order: Generate) -> None:
        """Acknowledged as soon as it is listed: from the assignment on the job's row holds it."""
        attempt = self._parts.desk.take(order)
        if attempt is None:
            log.debug("generate.ignored", job_id=str(order.job_id), attempt=order.attempt)
            return
        attempt.was_there = self._parts.leftovers.was_there(attempt.ref)
        task = self._tasks.create_task(self._parts.runner.run(attempt))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def _obey(self, control: Control) -> None:
        match control:
            case Go():
                self._go(control)
            case Drop():
                self._drop(AttemptRef(job_id=control.job_id, attempt=control.attempt))
            case Yours():
                if control.instance_id == self._parts.heart.instance_id:
                    self._parts.leftovers.see_yours(control)

    def _go(self, go: Go) -> None:
        attempt = self._parts.desk.find(AttemptRef(job_id=go.job_id, attempt=go.attempt))
        if attempt is not None:
            attempt.hear_go(go)

    def _drop(self, ref: AttemptRef) -> None:
        if self._parts.desk.drop(ref) is None:
            self._parts.leftovers.drop(ref)

    async def _stop(self) -> None:
        """Hand back what waits; first say that nothing is accepted, or it would come right back."""
        self._parts.health.stop()
        await self._parts.heart.beat()
        self._parts.watchman.look(asyncio.get_running_loop().time())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.worker_grace_seconds):
                await self._until_the_rest_can_be_left()
                await self._parts.tidying.flush()
        await self._parts.heart.beat()
        log.info("worker.stopped", left_in_comfyui=len(self._parts.desk))

    async def _until_the_rest_can_be_left(self) -> None:
        changed = asyncio.Event()
        self._parts.desk.on_change(changed.set)
        while not all(attempt.may_be_left for attempt in self._parts.desk):
            changed.clear()
            await changed.wait()
