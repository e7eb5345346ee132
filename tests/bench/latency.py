"""From ComfyUI's finish to the client's `job.completed`, one job at a time."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.bench.figures import Figure, at_most, quantile
from tests.bench.ground import Ground, Place
from tests.bench.jobs import PATH, wanted
from tests.bench.pipeline import everything
from tests.bench.scale import Scale
from tests.e2e.cluster import Client
from tests.infrastructure.waiting import until

JOB_SECONDS = 30


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    async with ground.place() as place, everything(place):
        told = await _one_after_another(place, count=scale.latency_jobs)
        finished = await _finished(place, count=len(told))
    whole = [1000 * (told[job_id][0] - finished[job_id]) for job_id in told]
    stored = [1000 * (told[job_id][1] - finished[job_id]) for job_id in told]
    return [
        Figure("finish → job.completed, p50", quantile(whole, 0.5), "ms", at_most(8)),
        Figure("  p99", quantile(whole, 0.99), "ms", at_most(40)),
        Figure(
            "  of it until the completing transaction, p50",
            quantile(stored, 0.5),
            "ms",
            beside="noticed, fetched, stored (fsync), reported, verified; the rest is told by"
            " outbox, broker, notifier, gateway",
        ),
    ]


async def _one_after_another(place: Place, *, count: int) -> dict[str, tuple[float, float]]:
    """For each job when its client was told, and when its completion was being committed."""
    told = {}
    async with (
        Client(place.cluster.url, place.headers) as client,
        connect(
            place.cluster.live_url, additional_headers=place.headers, proxy=None, max_size=None
        ) as socket,
    ):
        await socket.send(json.dumps({"type": "subscribe", "feed": "mine"}))
        await _next(socket, "snapshot")
        for _ in range(count):
            answer = await client.ask("POST", PATH.removeprefix("/api/v1"), json=wanted())
            job_id = answer.json()["id"]
            while (job := (await _next(socket, "job.completed"))["job"])["id"] != job_id:
                pass
            moment = datetime.fromisoformat(job["finished_at"]).timestamp()
            told[job_id] = (time.time(), moment)
    return told


async def _next(socket: ClientConnection, kind: str) -> Mapping[str, Any]:
    while True:
        frame: Mapping[str, Any] = json.loads(await socket.recv())
        if frame["type"] == kind:
            return frame


async def _finished(place: Place, *, count: int) -> dict[str, float]:
    """When ComfyUI was done with each job, by its journal."""

    def found() -> dict[str, float]:
        return {
            run["darkroom"]["job"]: run["finished"]
            for run in place.cluster.runs()
            if run["finished"] is not None and run["darkroom"] is not None
        }

    await until(lambda: len(found()) >= count, within=JOB_SECONDS, what="the journal is written")
    return found()
