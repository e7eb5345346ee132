"""Resident memory of each service, before any work and after some."""

import psutil

from tests.bench.figures import Figure, at_most
from tests.bench.ground import Ground, Place
from tests.bench.pipeline import everything, pass_through
from tests.bench.scale import Scale

MIB = 1 << 20
SERVICES = ("gateway", "dispatcher", "worker", "content", "notifier")


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    async with ground.place() as place, everything(place):
        idle = _resident(place)
        await pass_through(place, count=scale.pipeline_jobs)
        loaded = _resident(place)
    return [
        Figure(
            f"{name}, after {scale.pipeline_jobs} jobs",
            loaded[name],
            "MiB",
            at_most(90),
            f"idle: {idle[name]:.0f}",
        )
        for name in SERVICES
    ]


def _resident(place: Place) -> dict[str, float]:
    return {
        name: psutil.Process(place.cluster.children[name].pid).memory_info().rss / MIB
        for name in SERVICES
    }
