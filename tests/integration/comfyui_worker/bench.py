"""A worker, its ComfyUI and its peer in one event loop; each can be stopped and started again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.journal import Run
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from services.comfyui_worker.identity import prompt_id_of
from services.comfyui_worker.service import run
from services.comfyui_worker.settings import Settings, Timing
from shared.bus.in_process import InProcessBus
from shared.media import MediaStore, open_media
from shared.messages import Generate
from shared.workflows.load import load_workflows
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.peer import Peer, ref_of
from tests.protocol.faulty_broker import FaultyBroker

QUICK = Timing(
    quick_poll=0.01,
    slow_poll=0.05,
    request=2.0,
    download=5.0,
    probe=0.2,
    claim_again=0.3,
    output_again=0.3,
    heartbeat=0.3,
    heartbeat_apart=0.01,
    late_submit=0.3,
    torn_file=0.3,
    longest_backoff=0.3,
    watchman=0.02,
    tidy=0.01,
    offers_apart=0.05,
)


@dataclass
class Bench:
    simulator: Simulator
    url: str
    broker: FaultyBroker
    peer: Peer
    media: MediaStore
    directory: Path
    settings: dict[str, Any] = field(default_factory=dict)
    timing: Timing = QUICK
    task: asyncio.Task[None] | None = None

    def time(self, **changes: float) -> None:
        self.timing = replace(self.timing, **changes)

    @asynccontextmanager
    async def worker(
        self, *, transport: httpx.AsyncBaseTransport | None = None, **settings: Any
    ) -> AsyncIterator[asyncio.Event]:
        """Runs inside the context, and is stopped gracefully at its end; yields its `stop`."""
        values: dict[str, Any] = {
            "amqp_url": SecretStr("unused"),
            "comfyui_url": self.url,
            "worker_id": "gpu-1",
            "worker_grace_seconds": 3.0,
            "worker_timing": self.timing,
        }
        stop = asyncio.Event()
        async with InProcessBus(self.broker, name="worker") as bus, asyncio.TaskGroup() as tasks:
            self.task = tasks.create_task(
                run(
                    Settings(**(values | self.settings | settings)),
                    bus=bus,
                    media=self.media,
                    workflows=load_workflows(),
                    stop=stop,
                    transport=transport,
                )
            )
            try:
                yield stop
            finally:
                stop.set()

    @asynccontextmanager
    async def killed_worker(self, **settings: Any) -> AsyncIterator[None]:
        """It hands nothing back and reports nothing when it ends. Its life is forgotten, too."""
        async with self.worker(**settings):
            yield
            if self.task is not None:
                self.task.cancel()
        self.peer.heartbeats.clear()

    async def listening(self) -> None:
        await until(lambda: bool(self.simulator.memory.hub.listeners), what="the worker listens")

    async def all_connected(self) -> None:
        await self.peer.bus.until_connected()
        before = len(self.peer.heartbeats)
        await until(lambda: len(self.peer.heartbeats) > before, what="the worker is back")

    def runs_of(self, order: Generate) -> list[Run]:
        prompt_id = prompt_id_of(ref_of(order))
        return [run for run in self.simulator.runs if run.prompt_id == prompt_id]

    def is_running(self, order: Generate) -> bool:
        return any(run.outcome == "running" for run in self.runs_of(order))

    async def running_or_over(self, order: Generate) -> None:
        await until(lambda: bool(self.runs_of(order)), what=f"ComfyUI began {order.job_id}")

    async def running(self, order: Generate) -> None:
        await until(lambda: self.is_running(order), what=f"ComfyUI runs {order.job_id}")


@asynccontextmanager
async def bench(tmp_path: Path, **behaviour: Any) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        simulator = Simulator(Behaviour(**behaviour), output_dir=tmp_path / "output")
        url = await stack.enter_async_context(serve(simulator))
        broker = FaultyBroker()
        bus = await stack.enter_async_context(InProcessBus(broker, name="peer"))
        peer = Peer(bus)
        await stack.enter_async_context(peer.listening())
        media = open_media(str(tmp_path / "media"))
        yield Bench(simulator, url, broker, peer, media, simulator.output_dir)
