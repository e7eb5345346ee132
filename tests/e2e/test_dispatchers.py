"""Of three dispatchers one works, a killed one is replaced, and events stay in order."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
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

DISPATCHERS = ["dispatcher-1", "dispatcher-2", "dispatcher-3"]
JOBS, USERS = 500, 2
TAKE_OVER_SECONDS = 5

Story = list[tuple[int, str]]  # version and status
Heard = dict[str, Story]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@asynccontextmanager
async def events_heard(amqp_url: str) -> AsyncIterator[Heard]:
    """Each job's events, in the order in which a notifier hears them."""
    heard: Heard = defaultdict(list)

    async def hear(message: Any) -> None:
        if isinstance(message, JobEvent):
            heard[str(message.job.id)].append((message.job.version, message.job.status))

    async with (
        AmqpBus(amqp_url, name="listener") as bus,
        bus.subscribe(live_queue(), hear, prefetch=None),
    ):
        await bus.until_connected()
        yield heard


def more_than(heard: Heard, count: int) -> bool:
    return len(heard) > min(count, JOBS - 1)


def all_ended(heard: Heard) -> bool:
    return len([story for story in heard.values() if story[-1][1] in FINAL]) == JOBS


def assert_in_order(story: Story) -> None:
    first_heard = list(dict.fromkeys(story))  # a relay that was killed may repeat itself
    assert first_heard == sorted(first_heard)
    assert [status for _, status in first_heard] == ["pending", "running", "completed"]


async def submit(client: Client, number: int) -> None:
    for count in range(JOBS // USERS):
        await client.submit(key=f"{number}-{count}", params=solid_color(color=count))


async def kill_in_turn(cluster: Cluster, heard: Heard) -> None:
    for name in DISPATCHERS:
        await until(partial(more_than, heard, len(heard) + 40), within=60)
        cluster.children[name].kill()
        await until(
            partial(more_than, heard, len(heard)),
            within=TAKE_OVER_SECONDS,
            what=f"another dispatcher goes on after {name}",
        )
        await cluster.children[name].start()


async def test_a_killed_dispatcher_is_replaced_and_no_jobs_events_are_out_of_order(
    cluster: Cluster, sessions: Sessions, amqp_url: str
) -> None:
    comfyui = await cluster.simulator("comfyui")
    await cluster.start(
        cluster.gateway(),
        cluster.service("content", "content"),
        cluster.worker("gpu-1", comfyui, WORKER_AHEAD="20"),
        *(cluster.service(name, "dispatcher") for name in DISPATCHERS),
    )
    users = [await make_user(sessions) for _ in range(USERS)]
    clients = [Client(cluster.url, (await make_token(sessions, user)).headers) for user in users]

    async with events_heard(amqp_url) as heard, asyncio.TaskGroup() as tasks:
        for number, client in enumerate(clients):
            tasks.create_task(submit(client, number))
        tasks.create_task(kill_in_turn(cluster, heard))
        await until(partial(all_ended, heard), within=200)

    for client in clients:
        await client.close()
    for story in heard.values():
        assert_in_order(story)
