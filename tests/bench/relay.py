"""Messages a second from a full outbox to the broker, by one dispatcher."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from yarl import URL

from shared.bus.amqp import AmqpBus, AmqpLink
from shared.bus.base import live_queue
from shared.db import outbox
from shared.db.engine import transaction
from shared.messages import JobCreated
from tests.bench.cpu import difference, seconds_used
from tests.bench.figures import Figure, at_least, median
from tests.bench.ground import Ground, Place
from tests.bench.jobs import a_view, announce_all, fill
from tests.bench.scale import Scale
from tests.infrastructure.waiting import until

IN_FLIGHT = 200
LEFT = text("SELECT EXISTS (SELECT FROM outbox)")


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    rates, limits = [], []
    async with ground.place() as place, somebody_listens(place):
        await fill(place.sessions, place.user_id, count=scale.relay_rows)
        await place.cluster.start(place.cluster.service("dispatcher", "dispatcher"))
        before = seconds_used(place.cluster)
        for _ in range(scale.repeats):
            rates.append(await _relay_all(place, count=scale.relay_rows))
        used = difference(before, seconds_used(place.cluster))
        for _ in range(scale.repeats):
            limits.append(await _publish_bare(place, count=scale.relay_rows))
    per_message = used["dispatcher"] / (scale.relay_rows * scale.repeats)
    limit = median([limit.per_second for limit in limits])
    least = median([limit.cpu_microseconds for limit in limits])
    return [
        Figure(
            f"{scale.relay_rows:,} rows relayed",
            median(rates),
            "msg/s",
            at_least(3000),
            f"bare publishing, {IN_FLIGHT} in flight: {limit:,.0f}/s",
        ),
        Figure(
            "  processor time of the dispatcher",
            1e6 * per_message,
            "µs/msg",
            beside=f"bare publishing: {least:.0f}",
        ),
    ]


async def _relay_all(place: Place, *, count: int) -> float:
    await announce_all(place.sessions)
    began = time.perf_counter()
    await outbox.nudge(place.sessions)

    async def is_empty() -> bool:
        async with transaction(place.sessions) as session:
            return not await session.scalar(LEFT)

    await until(is_empty, within=120, what="the outbox is empty")
    return count / (time.perf_counter() - began)


@dataclass(frozen=True)
class Bare:
    per_second: float
    cpu_microseconds: float


async def _publish_bare(place: Place, *, count: int) -> Bare:
    """The same kind of message from this process, without a database."""
    message = JobCreated(user_id=place.user_id, job=a_view())
    left = count
    async with AmqpBus(place.cluster.amqp_url, name="bench") as bus:
        began, cpu_began = time.perf_counter(), time.process_time()
        while left > 0:
            await asyncio.gather(*(bus.publish(message) for _ in range(min(IN_FLIGHT, left))))
            left -= IN_FLIGHT
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    return Bare(count / seconds, 1e6 * cpu_seconds / count)


@asynccontextmanager
async def somebody_listens(place: Place) -> AsyncIterator[None]:
    """A queue that gets every event, and that nobody reads: reading would take our processor."""
    link = await AmqpLink.open(URL(place.cluster.amqp_url), lambda: None)
    try:
        await link.declare(live_queue())
        yield
    finally:
        await link.close()
