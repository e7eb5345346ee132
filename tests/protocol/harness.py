"""Dispatcher, content and workers, the real ones, in one event loop, each beside a faulty broker.

Every one of them can be killed, stopped and started again, and so can the simulated ComfyUIs.
Times are shrunk some thirty times, in proportion.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import select, text

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from services.comfyui_worker import service as worker
from services.comfyui_worker import settings as worker_settings
from services.content import service as content
from services.content import settings as content_settings
from services.dispatcher import service as dispatcher
from services.dispatcher import settings as dispatcher_settings
from shared.bus.base import Bus
from shared.db import jobs, outbox
from shared.db.engine import open_engine, session_factory, transaction
from shared.db.tables import Job, User
from shared.jobs import FINAL, JobId
from shared.media import open_media
from shared.workflows.load import load_workflows
from shared.workflows.requirements import requirements
from tests.factories import make_job, make_user
from tests.infrastructure.waiting import until
from tests.protocol.faulty_broker import FaultyBroker, calm
from tests.protocol.parts import ComfyUi, Serve, Service

HEARTBEAT = 0.1
DISPATCHER_TIMING = dispatcher_settings.Timing(
    tick=0.1,
    lease=timedelta(seconds=2),
    late_tick=5.0,
    live=timedelta(seconds=1),
    unlisted_after=timedelta(seconds=0.4),
    claim_within=timedelta(seconds=1),
    first_pause=timedelta(seconds=0.05),
    longest_pause=timedelta(seconds=0.2),
    ailing_pause=timedelta(seconds=0.1),
)
WORKER_TIMING = worker_settings.Timing(
    quick_poll=0.01,
    slow_poll=0.05,
    request=2.0,
    download=5.0,
    probe=0.1,
    claim_again=0.1,
    output_again=0.2,
    heartbeat=HEARTBEAT,
    heartbeat_apart=0.02,
    offers_while_new=1.0,
    offers_again=0.3,
    late_submit=0.2,
    unreachable=1.0,
    interrupt_patience=5.0,
    torn_file=0.2,
    first_ailing_pause=0.1,
    longest_ailing_pause=0.3,
    longest_backoff=0.2,
    watchman=0.05,
)
BEHAVIOUR = Behaviour(step_seconds=0.05)
PARAMS = {
    "workflow": "text_to_image", "checkpoint": "simulated-1.5.safetensors", "loras": [],
    "width": 64, "height": 64, "steps": 3, "cfg": 7.0, "sampler": "euler",
    "scheduler": "normal", "denoise": 1.0, "seed": 1,
}  # fmt: skip
MOST_STEPS = 150  # takes 7.5 s
NO_BROKER = SecretStr("in process")


class World:
    """`async with World(…) as world`: all services run, and are killed at the end."""

    def __init__(
        self,
        database_url: str,
        directory: Path,
        *,
        behaviours: tuple[Behaviour, ...] = (BEHAVIOUR,),
        worker_timing: worker_settings.Timing = WORKER_TIMING,
        dispatcher_timing: dispatcher_settings.Timing = DISPATCHER_TIMING,
    ) -> None:
        """A worker for each behaviour of a ComfyUI."""
        self.broker = FaultyBroker()
        self.media = open_media(str(directory / "media"))
        self.workflows = load_workflows()
        self.comfyuis: list[ComfyUi] = []
        self.services: dict[str, Service] = {}
        self.job_ids: list[JobId] = []
        self.engine = open_engine(database_url, process="protocol", pool_size=10)
        self.sessions = session_factory(self.engine)
        self.user: User
        self._database_url = database_url
        self._behaviours = behaviours
        self._worker_timing = worker_timing
        self._dispatcher_timing = dispatcher_timing
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._exits.push_async_callback(self.engine.dispose)
        async with transaction(self.sessions) as session:
            tables = "users, workers, outbox, dead_letters, content_items, generation_jobs"
            await session.execute(text(f"TRUNCATE {tables} CASCADE"))
        self.user = await make_user(self.sessions)
        for number, behaviour in enumerate(self._behaviours, start=1):
            simulator = Simulator(behaviour)
            url = await self._exits.enter_async_context(serve(simulator))
            self.comfyuis.append(ComfyUi(simulator, url, f"gpu-{number}"))
            self._add(f"gpu-{number}", self._worker(f"gpu-{number}", url))
        self._add("dispatcher", self._dispatcher)
        self._add("content", self._content)
        self.start_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        async with self._exits:
            for service in self.services.values():
                await service.kill()

    def _add(self, name: str, serve: Serve) -> None:
        self.services[name] = Service(name, self.broker, serve)

    def add_twin(self, worker_id: str) -> Service:
        """Another process with the same WORKER_ID at the same ComfyUI; not started."""
        (url,) = [one.url for one in self.comfyuis if one.worker_id == worker_id]
        name = f"another {worker_id}"
        self._add(name, self._worker(worker_id, url))
        return self.services[name]

    async def _dispatcher(self, bus: Bus, stop: asyncio.Event) -> None:
        settings = dispatcher_settings.Settings(
            database_url=SecretStr(self._database_url),
            dispatcher_timing=self._dispatcher_timing,
            amqp_url=NO_BROKER,
        )
        await dispatcher.run(settings, sessions=self.sessions, bus=bus, stop=stop)

    async def _content(self, bus: Bus, stop: asyncio.Event) -> None:
        settings = content_settings.Settings(
            database_url=SecretStr(self._database_url), amqp_url=NO_BROKER
        )
        await content.run(settings, sessions=self.sessions, bus=bus, media=self.media, stop=stop)

    def _worker(self, worker_id: str, url: str) -> Serve:
        settings = worker_settings.Settings(
            worker_id=worker_id,
            comfyui_url=url,
            worker_grace_seconds=2,
            worker_timing=self._worker_timing,
            amqp_url=NO_BROKER,
        )

        async def serve(bus: Bus, stop: asyncio.Event) -> None:
            await worker.run(
                settings, bus=bus, media=self.media, workflows=self.workflows, stop=stop
            )

        return serve

    def start_all(self) -> None:
        for service in self.services.values():
            service.start()

    async def submit(self, **params: Any) -> Job:
        asked = PARAMS | {"seed": len(self.job_ids)} | params
        needed = requirements(self.workflows[str(asked["workflow"])], asked)
        job = await make_job(
            self.sessions, self.user, params=asked, needs=needed.needs(), timeout_s=60
        )
        self.job_ids.append(JobId(job.id))
        await outbox.nudge(self.sessions)
        return job

    async def cancel(self, job_id: UUID) -> bool:
        """False: it was final already."""
        async with transaction(self.sessions) as session:
            changed = await jobs.cancel(session, JobId(job_id), user_id=self.user.id)
        await outbox.nudge(self.sessions)
        return changed is not None

    async def job(self, job_id: UUID) -> Job:
        self.check()
        async with transaction(self.sessions) as session:
            return await session.get_one(Job, job_id)

    async def unfinished(self) -> list[tuple[Any, ...]]:
        self.check()
        async with transaction(self.sessions) as session:
            rows = await session.execute(
                select(Job.id, Job.status, Job.attempt, Job.phase).where(Job.status.not_in(FINAL))
            )
            return [tuple(row) for row in rows]

    def check(self) -> None:
        for service in self.services.values():
            service.check()

    async def settle(self, *, within: float = 60) -> None:
        """The faults end, everything runs again, and so does every job, to its end."""
        self.broker.fate = calm
        for comfyui in self.comfyuis:
            comfyui.simulator.faults.clear()
            await comfyui.start()
        self.start_all()
        await self.until_all_have_ended(within=within)

    async def until_all_have_ended(self, *, within: float = 60) -> None:
        async with asyncio.timeout(within):
            while await self.unfinished():
                await asyncio.sleep(0.02)

    async def until_a_prompt_runs(self) -> None:
        await until(lambda: any(comfyui.queued() for comfyui in self.comfyuis), within=30)

    async def until_workers_hold_nothing(self) -> None:
        said = self.broker.heartbeats
        await until(
            lambda: not any(heartbeat["attempts"] for heartbeat in said.values()), within=30
        )

    async def until_comfyuis_are_empty(self, *, within: float) -> None:
        await until(
            lambda: not any(comfyui.queued() for comfyui in self.comfyuis),
            within=within,
            what="no prompt is left in any ComfyUI",
        )
