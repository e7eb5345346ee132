"""The four users of the broker as the services use them: their subscriptions, and what they say."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import aiormq
from aiormq.abc import AbstractChannel

from deploy.compose import rabbitmq
from shared.bus.base import (
    HEARTBEAT_QUEUE,
    OUTPUT_QUEUE,
    REPORT_QUEUE,
    Bus,
    control_queue,
    live_queue,
    work_queue,
)
from shared.jobs import FailureCode, JobId
from shared.messages import ContentDeleted, Drop, Failed, Message, Output, Yours
from tests.contracts.bus_parts import claim, generate, go, heartbeat, ignore, progress
from tests.infrastructure.broker import Broker, Management

Subscriptions = Sequence[AbstractAsyncContextManager[None]]
SUBSCRIPTIONS: Mapping[str, Callable[[Bus, Any], Subscriptions]] = {
    "dispatcher": lambda bus, handle: (
        bus.subscribe(REPORT_QUEUE, handle),
        bus.subscribe(HEARTBEAT_QUEUE, handle),
        bus.subscribe_dead(handle),
    ),
    "worker": lambda bus, handle: (
        bus.subscribe(control_queue("gpu-1"), handle, prefetch=None),
        bus.subscribe(work_queue("gpu-1"), handle),
    ),
    "content": lambda bus, handle: (bus.subscribe(OUTPUT_QUEUE, handle),),
    "notifier": lambda bus, handle: (bus.subscribe(live_queue(), handle, prefetch=None),),
}


@asynccontextmanager
async def subscribed(user: str, bus: Bus, handle: Any = ignore) -> AsyncIterator[None]:
    """To all that it subscribes to."""
    async with AsyncExitStack() as stack:
        for subscription in SUBSCRIPTIONS[user](bus, handle):
            await stack.enter_async_context(subscription)
        yield


def import_definitions(broker: Broker) -> dict[str, str]:
    """As compose's broker does at its start; the users' passwords."""
    passwords = {user: secrets.token_urlsafe(24) for user in rabbitmq.permissions}
    Management(broker).ask("POST", "definitions", rabbitmq.definitions(passwords))
    return passwords


def url_for(user: str, passwords: Mapping[str, str], host_url: str) -> str:
    server = urlsplit(host_url).netloc.rpartition("@")[2]
    return f"amqp://{user}:{passwords[user]}@{server}/{urlsplit(host_url).path.strip('/')}"


def output() -> Output:
    return Output(
        worker_id="gpu-1",
        job_id=JobId(uuid4()),
        attempt=1,
        storage_key="jobs/x.png",
        byte_size=1,
        sha256="0" * 64,
        params={},
    )


def failed() -> Failed:
    return Failed(
        worker_id="gpu-1",
        job_id=JobId(uuid4()),
        attempt=1,
        code=FailureCode.LOST,
        message="gone",
    )


def content_deleted() -> ContentDeleted:
    return ContentDeleted(user_id=uuid4(), content_id=1, version=2)


def what_it_says(user: str) -> Sequence[Message]:
    ref = {"worker_id": "gpu-1", "job_id": uuid4(), "attempt": 1}
    yours = Yours(worker_id="gpu-1", instance_id=uuid4(), attempts=())
    of: dict[str, Sequence[Message]] = {
        # It says reports again that were dead letters.
        "dispatcher": (generate(), go(), Drop(**ref), yours, content_deleted(), claim(), output()),
        "worker": (claim(), failed(), output(), heartbeat(), progress(0.5)),
        "content": (failed(),),
        "notifier": (),
    }
    return of[user]


@asynccontextmanager
async def channel_of(
    user: str, broker: Broker, passwords: Mapping[str, str]
) -> AsyncIterator[AbstractChannel]:
    async with aiormq.connect(url_for(user, passwords, broker.url)) as connection:
        yield await connection.channel()
