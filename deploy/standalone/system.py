"""All five services in one process: the same code as under compose, another root.

They meet on an in-process broker, each over a bus of its own, and stop in the order in which work
flows: nothing new is taken, what runs is handed over, what was reported is still heard.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from deploy.standalone.comfyui import ComfyUI
from deploy.standalone.late_comfyui import LateComfyUI
from deploy.standalone.settings import Settings
from gateway import service as gateway
from gateway.parts import assemble
from gateway.settings import Settings as GatewaySettings
from services.comfyui_worker import service as worker
from services.comfyui_worker.settings import Settings as WorkerSettings
from services.content import service as content
from services.content.settings import Settings as ContentSettings
from services.dispatcher import service as dispatcher
from services.dispatcher.settings import Settings as DispatcherSettings
from services.notifier import service as notifier
from services.notifier.settings import Settings as NotifierSettings
from shared.bus.in_process import InProcessBroker, InProcessBus
from shared.db.engine import Sessions
from shared.media import open_media
from shared.workflows.load import load_workflows

STAGE_SECONDS = 20

Service = Callable[[asyncio.Event], Coroutine[Any, Any, None]]


@dataclass
class System:
    """The services that run, in the order in which they are to stop."""

    settings: Settings
    database_url: str
    sessions: Sessions
    tasks: asyncio.TaskGroup
    broker: InProcessBroker = field(default_factory=InProcessBroker)
    running: list[tuple[asyncio.Task[None], asyncio.Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = self.settings.workflows_dir
        self.workflows = load_workflows(*([own] if own else []))
        self.media_url = str(self.settings.data_dir / "media")
        self.media = open_media(self.media_url)

    @property
    def common(self) -> dict[str, Any]:
        return {
            "database_url": SecretStr(self.database_url),
            "amqp_url": SecretStr("in-process:"),
            "media_url": SecretStr(self.media_url),
            "workflows_dir": self.settings.workflows_dir,
            "log_level": self.settings.log_level,
        }

    def start(self, service: Service) -> None:
        stop = asyncio.Event()
        self.running.append((self.tasks.create_task(service(stop)), stop))

    async def stop(self) -> None:
        """Each stage has time to end by itself; the next ones still listen to it."""
        for task, stop in self.running:
            stop.set()
            await asyncio.wait([task], timeout=STAGE_SECONDS)

    def bus(self, name: str) -> InProcessBus:
        return InProcessBus(self.broker, name=name)


@asynccontextmanager
async def running_system(
    settings: Settings, *, database_url: str, sessions: Sessions, comfyui: "asyncio.Task[ComfyUI]"
) -> AsyncIterator[int]:
    """Yields the port that the gateway listens on. The worker starts when `comfyui` is known."""
    async with AsyncExitStack() as buses, asyncio.TaskGroup() as tasks:
        system = System(settings, database_url, sessions, tasks)
        opened = {
            name: await buses.enter_async_context(system.bus(name))
            for name in ("dispatcher", "content", "notifier", "worker")
        }
        notifier_port = await _start_notifier(system, opened["notifier"])
        late = LateComfyUI()
        port = await _start_gateway(system, notifier_port, late)

        async def watch(stop: asyncio.Event) -> None:
            if (await comfyui).simulated:
                await late.watch(stop)

        async def work(stop: asyncio.Event) -> None:
            await _work(system, opened["worker"], await comfyui, stop)

        system.start(watch)
        system.start(work)
        system.start(lambda stop: _content(system, opened["content"], stop))
        system.start(lambda stop: _dispatcher(system, opened["dispatcher"], stop))
        yield port
        await system.stop()


async def _start_notifier(system: System, bus: InProcessBus) -> int:
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    settings = NotifierSettings(**system.common, notifier_port=0)
    system.start(
        lambda stop: notifier.run(
            settings,
            sessions=system.sessions,
            bus=bus,
            stop=stop,
            on_listening=listening.set_result,
        )
    )
    return await listening


async def _start_gateway(system: System, notifier_port: int, late: LateComfyUI) -> int:
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    settings = GatewaySettings(
        **system.common,
        port=system.settings.port,
        notifier_url=f"ws://127.0.0.1:{notifier_port}/api/v1/events",
    )
    parts = assemble(
        settings,
        sessions=system.sessions,
        media=system.media,
        workflows=system.workflows,
        restart_to_use=lambda: late.url,
    )
    system.start(lambda stop: gateway.run(parts, stop=stop, on_listening=listening.set_result))
    system.running.reverse()  # the gateway stops before the notifier
    return await listening


async def _work(system: System, bus: InProcessBus, comfyui: ComfyUI, stop: asyncio.Event) -> None:
    settings = WorkerSettings(**system.common, comfyui_url=comfyui.url)
    await worker.run(settings, bus=bus, media=system.media, workflows=system.workflows, stop=stop)


async def _content(system: System, bus: InProcessBus, stop: asyncio.Event) -> None:
    settings = ContentSettings(**system.common)
    await content.run(settings, sessions=system.sessions, bus=bus, media=system.media, stop=stop)


async def _dispatcher(system: System, bus: InProcessBus, stop: asyncio.Event) -> None:
    settings = DispatcherSettings(**system.common)
    await dispatcher.run(settings, sessions=system.sessions, bus=bus, stop=stop)
