"""What asking costs: `claim` and `go` are one more round trip and one more guarded update a job
than a pipeline that sends jobs to workers and hopes.

A worker asks ahead, while ComfyUI renders, so no GPU waits for it (see `busy`)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, text

from shared.bus.amqp import AmqpBus
from shared.bus.base import control_queue
from shared.db import jobs
from shared.db.engine import transaction
from shared.db.quick import quick
from shared.db.tables import Job
from shared.jobs import JobId
from shared.messages import Claim, Control, Go
from tests.bench.cpu import difference, seconds_used
from tests.bench.figures import Figure, quantile
from tests.bench.ground import Ground, Place
from tests.bench.jobs import fill
from tests.bench.scale import Scale

WORKER_ID = "bench"
IN_FLIGHT = 32
GO_SECONDS = 10
# As given to a worker, and to be left alone while this runs.
_ASSIGN = text(
    "UPDATE generation_jobs SET worker_id = :worker_id, assigned_at = now(),"
    " lease_expires_at = now() + interval '1 hour'"
)


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    async with ground.place() as place:
        await fill(place.sessions, place.user_id, count=3 * scale.claims)
        async with transaction(place.sessions) as session:
            await session.execute(_ASSIGN, {"worker_id": WORKER_ID})
            ids = list(await session.scalars(select(Job.id)))
        alone, together = ids[: scale.claims], ids[scale.claims : 2 * scale.claims]
        updates = await _updates(place, ids[2 * scale.claims :])
        await place.cluster.start(place.cluster.service("dispatcher", "dispatcher"))
        async with asking(place) as asker:
            trips = [await asker.ask(job_id) for job_id in alone]
            before = seconds_used(place.cluster)
            began = time.perf_counter()
            await asker.ask_all(together)
            per_second = len(together) / (time.perf_counter() - began)
            used = difference(before, seconds_used(place.cluster))
    return _figures(trips, asker.confirms, updates, per_second, used, count=len(together))


@dataclass
class Asker:
    """A worker that asks, and does nothing else."""

    bus: AmqpBus
    goes: dict[UUID, asyncio.Event] = field(default_factory=dict)
    confirms: list[float] = field(default_factory=list)  # milliseconds

    async def hear(self, control: Control) -> None:
        if isinstance(control, Go):
            self.goes[control.job_id].set()

    async def ask(self, job_id: UUID) -> float:
        """Milliseconds from the claim to its `go`."""
        gone = self.goes[job_id] = asyncio.Event()
        began = time.perf_counter()
        await self.bus.publish(Claim(worker_id=WORKER_ID, job_id=JobId(job_id), attempt=1))
        self.confirms.append(1000 * (time.perf_counter() - began))
        async with asyncio.timeout(GO_SECONDS):
            await gone.wait()
        return 1000 * (time.perf_counter() - began)

    async def ask_all(self, job_ids: list[UUID]) -> None:
        waiting = iter(job_ids)

        async def ask_on() -> None:
            for job_id in waiting:
                await self.ask(job_id)

        await asyncio.gather(*(ask_on() for _ in range(IN_FLIGHT)))


@asynccontextmanager
async def asking(place: Place) -> AsyncIterator[Asker]:
    async with AmqpBus(place.cluster.amqp_url, name="bench") as bus:
        asker = Asker(bus)
        async with bus.subscribe(control_queue(WORKER_ID), asker.hear, prefetch=None):
            yield asker


async def _updates(place: Place, job_ids: list[UUID]) -> list[float]:
    """Milliseconds of each guarded update with its event and outbox row, committed."""
    took = []
    for job_id in job_ids:
        began = time.perf_counter()
        async with quick(place.sessions) as database:
            await jobs.claim(database, [jobs.Asked(JobId(job_id), 1, WORKER_ID)])
        took.append(1000 * (time.perf_counter() - began))
    return took


def _figures(
    trips: list[float],
    confirms: list[float],
    updates: list[float],
    per_second: float,
    used: dict[str, float],
    *,
    count: int,
) -> list[Figure]:
    told = ", ".join(f"{name} {1000 * seconds / count:.2f}" for name, seconds in used.items())
    return [
        Figure(
            "claim → go, one at a time, p50",
            quantile(trips, 0.5),
            "ms",
            beside=f"p99 {quantile(trips, 0.99):.1f}",
        ),
        Figure(
            "  of it the guarded update, committed, p50",
            quantile(updates, 0.5),
            "ms",
            beside="measured by itself, in this process",
        ),
        Figure(
            "  of it until the broker has confirmed the claim, p50",
            quantile(confirms[: len(trips)], 0.5),
            "ms",
            beside="a quorum queue's fsync; the dispatcher works on it at the same time",
        ),
        Figure(f"claims answered, {IN_FLIGHT} at a time", per_second, "1/s"),
        Figure(
            "  processor time",
            1000 * sum(used.values()) / count,
            "ms/claim",
            beside=f"{told}; the event's relaying is in it",
        ),
    ]
