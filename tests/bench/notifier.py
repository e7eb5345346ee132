"""Idle WebSocket clients: how soon all are told of one event, and what memory each takes."""

import time

import psutil

from shared.bus.amqp import AmqpBus
from shared.messages import JobCreated
from tests.bench.figures import Aim, Figure, at_most, median, quantile
from tests.bench.ground import Ground, Place
from tests.bench.jobs import a_view
from tests.bench.listeners import Wanted, listening
from tests.bench.scale import Scale

KIB = 1024


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    straight = await _through(ground, scale, name="notifier", repeats=scale.repeats)
    relayed = await _through(ground, scale, name="gateway", repeats=1)
    return [*_figures(straight, scale, at_most(100), at_most(50)), *_figures(relayed, scale)]


class Crowded:
    """What was seen of a process that many clients are connected to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kib_each = 0.0
        self.runs: list[list[float]] = []  # milliseconds from the event to each client


async def _through(ground: Ground, scale: Scale, *, name: str, repeats: int) -> Crowded:
    crowded = Crowded(name)
    async with ground.place() as place:
        cluster = place.cluster
        places = {"NOTIFIER_SOCKETS_PER_USER": str(2 * scale.sockets)}
        await cluster.start(cluster.gateway(), cluster.notifier(**places))
        async with AmqpBus(cluster.amqp_url, name="bench") as bus:
            for _ in range(repeats):
                before = _resident(place, name)
                async with listening(_wanted(place, scale, name)) as crowd:
                    # Those that come later find memory that those before them left.
                    kib = (_resident(place, name) - before) / scale.sockets / KIB
                    crowded.kib_each = max(crowded.kib_each, kib)
                    began = time.time()
                    await bus.publish(JobCreated(user_id=place.user_id, job=a_view()))
                    told = await crowd.told()
                    crowded.runs.append([1000 * (at - began) for at in told.at])
    return crowded


def _wanted(place: Place, scale: Scale, name: str) -> Wanted:
    cluster = place.cluster
    port = cluster.notifier_port if name == "notifier" else cluster.gateway_port
    return Wanted(port=port, headers=place.headers, count=scale.sockets, event="job.created")


def _resident(place: Place, name: str) -> int:
    """Bytes."""
    return int(psutil.Process(place.cluster.children[name].pid).memory_info().rss)


def _figures(
    crowded: Crowded, scale: Scale, soon: Aim | None = None, small: Aim | None = None
) -> list[Figure]:
    last = median([max(run) for run in crowded.runs])
    first = median([min(run) for run in crowded.runs])
    middle = median([quantile(run, 0.5) for run in crowded.runs])
    where = f"{scale.sockets:,} clients of the {crowded.name}"
    return [
        Figure(
            f"{where}: last one told",
            last,
            "ms",
            soon,
            f"from publishing to the broker; first {first:.1f}, median {middle:.1f}",
        ),
        Figure("  memory each", crowded.kib_each, "KiB", small),
    ]
