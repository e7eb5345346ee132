"""What can be killed and started again: a service in a task, and a simulated ComfyUI."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from deploy.comfyui_simulator.simulator import Simulator
from shared.bus.base import Bus
from shared.bus.in_process import InProcessBus
from shared.bus.timing import Timing
from shared.workflows.graph import Graph
from tests.protocol.faulty_broker import FaultyBroker

BUS_TIMING = Timing(pauses=(0.02, 0.05, 0.1), reconnect=(0.02, 0.05), locked=0.1)

Serve = Callable[[Bus, asyncio.Event], Awaitable[None]]


class Service:
    """What would be a process."""

    def __init__(self, name: str, broker: FaultyBroker, serve: Serve) -> None:
        self.name = name
        self._broker = broker
        self._serve = serve
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self._task is not None

    def start(self) -> None:
        """Nothing, where it runs."""
        if self._task is None:
            self._stop = asyncio.Event()
            self._task = asyncio.create_task(self._run(self._stop), name=self.name)

    async def kill(self) -> None:
        """Without a word to anybody: what it held in memory is gone."""
        await self._end(lambda task: task.cancel())

    async def stop(self) -> None:
        await self._end(lambda _task: self._stop.set())

    def check(self) -> None:
        """Raises what it died of, if a bug has ended it."""
        if self._task is not None and self._task.done():
            self._task.result()
            raise AssertionError(f"{self.name} ended by itself")

    async def _end(self, order: Callable[[asyncio.Task[None]], object]) -> None:
        self.check()
        task, self._task = self._task, None
        if task is not None:
            order(task)
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    async def _run(self, stop: asyncio.Event) -> None:
        async with InProcessBus(self._broker, name=self.name, timing=BUS_TIMING) as bus:
            await self._serve(bus, stop)


@dataclass
class ComfyUi:
    """A simulated one, which knows since when it has forgotten what."""

    simulator: Simulator
    url: str
    worker_id: str
    is_up: bool = True
    lost_memory_at: list[float] = field(default_factory=list)  # time.time()
    forgot_at: dict[str, float] = field(default_factory=dict)  # by prompt id
    foreign: set[str] = field(default_factory=set)  # prompt ids of somebody who is not Darkroom

    async def stop(self) -> None:
        if self.is_up:
            self.is_up = False
            await self.simulator.stop()
            self.lost_memory_at.append(time.time())

    async def start(self) -> None:
        if not self.is_up:
            await self.simulator.start()
            self.is_up = True

    def forget_the_last(self) -> None:
        """As when its history is full."""
        history = self.simulator.memory.queue.history
        if history:
            prompt_id = next(reversed(history))
            self.simulator.forget(prompt_id)
            self.forgot_at[prompt_id] = time.time()

    async def somebody_else_asks(self, graph: Graph) -> None:
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.post("/prompt", json={"prompt": graph})
        self.foreign.add(answer.json()["prompt_id"])

    def queued(self) -> list[str]:
        """Prompt ids, the running one first."""
        queue = self.simulator.memory.queue
        items = ([] if queue.running is None else [queue.running]) + queue.pending
        return [item.prompt_id for item in items]

    def may_run_again(self, prompt_id: str, *, after: float, before: float) -> bool:
        """Whether it had forgotten this prompt between the two runs."""
        losses = [*self.lost_memory_at]
        if prompt_id in self.forgot_at:
            losses.append(self.forgot_at[prompt_id])
        return any(after <= loss <= before for loss in losses)
