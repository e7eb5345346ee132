"""Three dispatchers at once: one works, a killed one is replaced, no job's events are out of order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sized
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from shared.bus.amqp import AmqpBus
from shared.bus.base import live_queue
from shared.db.engine import Sessions
from shared.messages import JobEvent
from tests.e2e.cluster import FINAL, Client, Cluster, solid_color
from tests.factories import make_token, make_user
from tests.infrastructure.waiting import until

JOBS, USERS = 500, 2
TAKE_OVER_SECONDS = 5

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@asynccontextmanager
async def events_heard(amqp_url: str) -> AsyncIterator[dict[Any, list[tuple[int, str]]]]:
    """Version and status of each job's events, in the order in which a notifier hears them."""
    heard: dict[Any, list[tuple[int, str]]] = defaultdict(list)

    async def hear(message: Any) -> None:
        if isinstance(message, JobEvent):
            heard[str(message.job.id)].append((message.job.version, message.job.status))

    async with (
        AmqpBus(amqp_url, name="listener") as bus,
        bus.subscribe(live_queue(), hear, prefetch=None),
    ):
        await bus.until_connected()
        yield heard


def more_than(heard: Sized, count: int) -> bool:
    return len(heard) > min(count, JOBS - 1)


async def test_a_killed_dispatcher_is_replaced_and_no_jobs_events_are_out_of_order(
    cluster: Cluster, sessions: Sessions, amqp_url: str
) -> None:
    comfyui = await cluster.simulator("comfyui")
    names = ["dispatcher-1", "dispatcher-2", "dispatcher-3"]
    await cluster.start(
        cluster.gateway(),
        cluster.service("content", "content"),
        cluster.worker("gpu-1", comfyui, WORKER_AHEAD="20"),
        *(cluster.service(name, "dispatcher") for name in names),
    )
    users = [await make_user(sessions) for _ in range(USERS)]
    clients = [Client(cluster.url, (await make_token(sessions, user)).headers) for user in users]

    async with events_heard(amqp_url) as heard:

        async def submit(client: Client, number: int) -> None:
            for count in range(JOBS // USERS):
                await client.submit(key=f"{number}-{count}", params=solid_color(color=count))

        async def kill_in_turn() -> None:
            for name in names:
                await until(partial(more_than, heard, len(heard) + 40), within=60)
                cluster.children[name].kill()
                await until(
                    partial(more_than, heard, len(heard)),
                    within=TAKE_OVER_SECONDS,
                    what=f"another dispatcher goes on after {name}",
                )
                await cluster.children[name].start()

        async with asyncio.TaskGroup() as tasks:
            for number, client in enumerate(clients):
                tasks.create_task(submit(client, number))
            tasks.create_task(kill_in_turn())

        def all_ended() -> bool:
            ended = [story for story in heard.values() if story[-1][1] in FINAL]
            return len(ended) == JOBS

        await until(all_ended, within=120)

    for client in clients:
        await client.close()
    for story in heard.values():
        first_heard = list(dict.fromkeys(story))  # a relay that was killed may repeat itself
        assert first_heard == sorted(first_heard)
        assert [status for _, status in first_heard] == ["pending", "running", "completed"]
