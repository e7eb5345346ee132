"""One ComfyUI: what it remembers, its single worker, and how it starts, forgets and dies."""

import asyncio
import contextlib
import random
import shutil
import string
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from deploy.comfyui_simulator.behaviour import Behaviour, Folders
from deploy.comfyui_simulator.execution import Execution, Site
from deploy.comfyui_simulator.faults import FaultBook, JobFault, JobFaultKind, RequestFault
from deploy.comfyui_simulator.journal import Journal, Run
from deploy.comfyui_simulator.prompts import QueueItem
from deploy.comfyui_simulator.queue import PromptQueue
from deploy.comfyui_simulator.sockets import Hub
from deploy.comfyui_simulator.work import Machine

if TYPE_CHECKING:
    from deploy.comfyui_simulator.server import Server

log = structlog.get_logger()


class WorkerDied(Exception):
    """A fault told the worker to die like the real one's thread."""


@dataclass
class Memory:
    """Everything that a restart forgets."""

    hub: Hub
    queue: PromptQueue
    site: Site
    next_number: int = 0
    worker_is_dead: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Simulator:
    """Use it through `deploy.comfyui_simulator.server.serve`; all of it lives in one event loop."""

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        output_dir: Path | None = None,
        journal_path: Path | None = None,
    ) -> None:
        """Without `output_dir` its files go with `remove_files()`."""
        self.behaviour = behaviour or Behaviour()
        self.faults = FaultBook()
        self.journal = Journal(journal_path)
        self.crashed = asyncio.Event()
        self.down = asyncio.Event()
        self.server: Server | None = None
        self.restarting: asyncio.Task[None] | None = None
        """A restart ordered over HTTP."""
        self._crashing: asyncio.Task[None] | None = None
        self._private = Path(tempfile.mkdtemp(prefix="comfyui-simulator-"))
        self.folders = Folders(
            output=output_dir or self._private / "output",
            input=self._private / "input",
            temp=self._private / "temp",
        )
        self.memory = self._new_memory()

    @property
    def output_dir(self) -> Path:
        return self.folders.output

    @property
    def runs(self) -> list[Run]:
        return self.journal.runs

    def add_faults(self, *faults: JobFault | RequestFault) -> None:
        self.faults.add(*faults)

    def behave(self, **changes: object) -> None:
        """Changes the behaviour from the next job on, the time a step takes at once."""
        self.behaviour = Behaviour.model_validate({**self.behaviour.model_dump(), **changes})

    async def start(self) -> None:
        """With an empty memory. Once served, it listens on its old port again."""
        await self.stop()
        for folder in (self.folders.output, self.folders.input):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.folders.temp, ignore_errors=True)
        self.folders.temp.mkdir(parents=True)
        self.crashed.clear()
        self.down = asyncio.Event()
        self.memory = self._new_memory()
        self.memory.tasks = [
            asyncio.create_task(self._work(self.memory)),
            asyncio.create_task(self._publish(self.memory)),
        ]
        if self.server is not None:
            await self.server.open()

    async def stop(self) -> None:
        """As a kill: connections are reset and refused, the running job ends wherever it is."""
        if self._crashing is not None:
            await self._crashing
            self._crashing = None
        await self._halt()

    async def _halt(self) -> None:
        self.down.set()
        if self.server is not None:
            await self.server.close()
        for task in self.memory.tasks:
            task.cancel()
        for task in self.memory.tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.memory = self._new_memory()

    async def restart(self) -> None:
        """Everything is forgotten but files and faults; takes about 0.1 s."""
        await self.start()

    def kill_worker(self) -> None:
        """From now on nothing is taken from the queue; what runs stays in `queue_running`."""
        self.memory.worker_is_dead = True
        self.memory.tasks[0].cancel()

    def _crash(self, *, reason: str) -> None:
        """Ends as the real process does; `start()` brings it back."""
        log.warning("comfyui_simulator.crashed", reason=reason)
        self.crashed.set()
        self._crashing = asyncio.create_task(self._halt())

    def forget(self, prompt_id: str) -> None:
        """Drops one entry of the history."""
        self.memory.queue.history.pop(prompt_id, None)

    def remove_files(self) -> None:
        shutil.rmtree(self._private, ignore_errors=True)

    def _new_memory(self) -> Memory:
        hub = Hub()
        queue = PromptQueue(changed=lambda: hub.announce_status(queue.remaining))
        letters = "".join(random.choices(string.ascii_lowercase, k=5))  # noqa: S311
        machine = Machine(self.folders, temp_prefix=f"ComfyUI_temp_{letters}")
        return Memory(hub=hub, queue=queue, site=Site(hub, machine, self.faults))

    async def _work(self, memory: Memory) -> None:
        try:
            while True:
                item = await memory.queue.take()
                await self._run(item, memory)
        except (KeyError, TypeError, WorkerDied) as error:
            # Such graphs kill the real worker's thread, while HTTP goes on as if nothing were.
            memory.worker_is_dead = True
            log.warning("comfyui_simulator.worker_died", reason=repr(error))

    async def _run(self, item: QueueItem, memory: Memory) -> None:
        run = self.journal.begin(item)
        ended = False
        try:
            self._apply_fatal_faults(item)
            execution = Execution(
                item, memory.site, self.behaviour, step_seconds=lambda: self.behaviour.step_seconds
            )
            entry = await execution.run()
            # `execution_success` is out already: whoever asks the history now finds nothing.
            await asyncio.sleep(self.behaviour.history_lag_seconds)
            forgotten = self._strike(item, "forgotten")
            memory.queue.finish(None if forgotten else entry, limit=self.behaviour.history_limit)
            self.journal.end(
                run, execution.ending, nodes_run=execution.nodes_run, files=execution.files
            )
            ended = True
            memory.hub.tell("executing", {"node": None, "prompt_id": item.prompt_id})
        finally:
            if not ended:
                self.journal.end(run, "lost")

    def _strike(self, item: QueueItem, kind: JobFaultKind) -> JobFault | None:
        return self.faults.strike_job((kind,), item.description) if self.faults.jobs else None

    def _apply_fatal_faults(self, item: QueueItem) -> None:
        if self._strike(item, "worker_dies"):
            raise WorkerDied
        if self._strike(item, "crash"):
            self._crash(reason="a fault")
            raise WorkerDied

    async def _publish(self, memory: Memory) -> None:
        try:
            await memory.hub.publish()
        except TypeError as error:
            self._crash(reason=repr(error))
