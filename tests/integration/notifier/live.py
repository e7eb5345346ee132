"""A served notifier, what happens to jobs, and real clients of its socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import update
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from services.dispatcher.relay import relay_once
from services.notifier.service import run
from services.notifier.settings import Settings
from shared.bus.base import Bus
from shared.db import jobs
from shared.db.engine import Sessions, transaction
from shared.db.outbox import announce
from shared.db.quick import quick
from shared.db.tables import Job, JobEvent, OutboxRow
from shared.db.views import Moment, job_view_at, select_jobs
from shared.jobs import JobId
from shared.messages import JOB_EVENTS, Message
from tests.factories import Token, make_content, make_job

HEAR_SECONDS = 20
Frame = dict[str, Any]


@asynccontextmanager
async def notifier(sessions: Sessions, bus: Bus, **settings: Any) -> AsyncIterator[int]:
    """Its port."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    chosen: dict[str, Any] = {
        "database_url": SecretStr("given"),
        "amqp_url": SecretStr("given"),
        "notifier_port": 0,
        "token_check_seconds": 0.1,
        "queue_seconds": 0.1,
    }
    ours = Settings(**chosen | settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            run(ours, sessions=sessions, bus=bus, stop=stop, on_listening=port.set_result)
        )
        async with asyncio.timeout(30):
            await port
        try:
            yield port.result()
        finally:
            stop.set()


@dataclass
class Client:
    """Keeps every frame that it heard."""

    socket: ClientConnection
    heard: list[Frame] = field(default_factory=list)

    async def say(self, frame: Any) -> None:
        await self.socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def hear(self) -> Frame:
        async with asyncio.timeout(HEAR_SECONDS):
            frame: Frame = json.loads(await self.socket.recv())
        self.heard.append(frame)
        return frame

    async def hear_until(self, condition: str | Callable[[Frame], bool]) -> Frame:
        while True:
            frame = await self.hear()
            if frame["type"] == condition if isinstance(condition, str) else condition(frame):
                return frame

    async def subscribe(self, *job_ids: UUID) -> Frame:
        """To the feed, if no jobs are named. The snapshot."""
        if job_ids:
            await self.say({"type": "subscribe", "jobs": [str(job_id) for job_id in job_ids]})
        else:
            await self.say({"type": "subscribe", "feed": "mine"})
        return await self.hear_until("snapshot")

    async def hear_out(self) -> list[Frame]:
        """Everything that comes before the answer to a ping."""
        before = len(self.heard)
        await self.say({"type": "ping"})
        await self.hear_until("pong")
        return self.heard[before:-1]

    async def closed_with(self) -> int:
        """Hears all that was still sent."""
        try:
            while True:
                await self.hear()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006


@asynccontextmanager
async def client(
    port: int, token: Token | None = None, *, path: str = "/api/v1/events", **headers: str
) -> AsyncIterator[Client]:
    sent = (token.headers if token else {}) | headers
    uri = f"ws://127.0.0.1:{port}{path}"
    async with connect(uri, additional_headers=sent, compression=None, max_size=None) as socket:
        yield Client(socket)


@dataclass
class Story:
    """What happens to jobs, committed and then told by the dispatcher's relay."""

    sessions: Sessions
    bus: Bus

    async def relay(self) -> None:
        while await relay_once(self.sessions, self.bus):
            pass

    async def tell(self, message: Message) -> None:
        await self.bus.publish(message)

    async def create(self, token: Token, **columns: Any) -> JobId:
        job = await make_job(self.sessions, token.user, worker_id="gpu-1", **columns)
        async with transaction(self.sessions) as session:
            session.add(OutboxRow(job_id=job.id, version=1))
        await self.relay()
        return JobId(job.id)

    async def run(self, job_id: JobId) -> None:
        async with transaction(self.sessions) as session:
            attempt = (await session.get_one(Job, job_id)).attempt
        async with quick(self.sessions) as database:
            await jobs.claim(database, [jobs.Asked(job_id, attempt, "gpu-1")])
        await self.relay()

    async def take_back(self, job_id: JobId) -> None:
        """And give it to the same worker again."""
        async with transaction(self.sessions) as session:
            job = await session.get_one(Job, job_id)
            await jobs.retry(
                session,
                job_id,
                attempt=job.attempt,
                counted=False,
                pause=timedelta(0),
                detail={"code": "handed_back"},
            )
            await session.execute(update(Job).where(Job.id == job_id).values(worker_id="gpu-1"))
        await self.relay()

    async def complete(self, job_id: JobId) -> int:
        async with transaction(self.sessions) as session:
            user_id = (await session.get_one(Job, job_id)).user_id
        item = await make_content(self.sessions, user_id=user_id, job_id=job_id)
        async with quick(self.sessions) as database:
            await jobs.complete(
                database, jobs.completion(), job_id, content_id=item.id, warnings=[]
            )
        await self.relay()
        return item.id

    async def cancel(self, job_id: JobId) -> None:
        async with transaction(self.sessions) as session:
            user_id = (await session.get_one(Job, job_id)).user_id
            await jobs.cancel(session, job_id, user_id=user_id)
        await self.relay()

    async def fail(self, job_id: JobId) -> None:
        async with transaction(self.sessions) as session:
            job = await session.get_one(Job, job_id)
            error = {"code": "execution_error", "message": "it broke", "retryable": True}
            await jobs.fail(session, job_id, attempt=job.attempt, error=error)
        await self.relay()

    async def announce(self, message: Message) -> None:
        async with transaction(self.sessions) as session:
            await announce(session, message)
        await self.relay()


async def event_of(sessions: Sessions, job_id: JobId, version: int) -> Any:
    """The message that the relay made, or will make, of this version."""
    async with transaction(sessions) as session:
        row = (await session.execute(select_jobs().where(Job.id == job_id))).one()
        event = await session.get_one(JobEvent, (job_id, version))
    made: Any = JOB_EVENTS[event.type]
    moment = Moment(event.type, event.version, event.attempt, event.at)
    return made(user_id=row.user_id, job=job_view_at(row._mapping, moment))
