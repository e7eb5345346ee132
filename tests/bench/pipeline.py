"""Jobs a second through everything: five processes, a real broker, a ComfyUI that takes no time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, text

from shared.db.engine import transaction
from tests.bench.cpu import difference, seconds_used
from tests.bench.direct import ended, run_directly, solid_color, wall_seconds
from tests.bench.figures import Figure, at_least, median
from tests.bench.ground import Ground, Place
from tests.bench.jobs import posting, until_all_completed
from tests.bench.load import put_under
from tests.bench.scale import Scale

WORKER_AHEAD = 64
SECONDS = text(
    "SELECT extract(epoch FROM max(finished_at) - min(created_at))::float"
    " FROM generation_jobs WHERE created_at > :since"
)


@dataclass(frozen=True)
class Passage:
    per_second: float
    cpu_seconds: dict[str, float]


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    limit, passages = 0.0, []
    for _ in range(scale.repeats):
        async with ground.place() as place, everything(place, ahead=WORKER_AHEAD) as comfyui:
            limit = limit or await _directly(place, comfyui, count=scale.pipeline_jobs)
            passages.append(await pass_through(place, count=scale.pipeline_jobs))
    rate = median([passage.per_second for passage in passages])
    return [
        Figure(
            f"{scale.pipeline_jobs} jobs from POST to completed",
            rate,
            "jobs/s",
            at_least(150),
            f"WORKER_AHEAD={WORKER_AHEAD}; the simulator by itself: {limit:,.0f}/s",
        ),
        *_cpu_figures(passages[-1], scale),
    ]


@asynccontextmanager
async def everything(place: Place, *simulator: str, ahead: int = 2) -> AsyncIterator[str]:
    """One of each; yields ComfyUI's address once its worker takes jobs."""
    cluster = place.cluster
    comfyui = await cluster.simulator("simulator", "--step-seconds", "0", *simulator)
    await cluster.start(
        cluster.gateway(),
        cluster.notifier(),
        cluster.service("content", "content"),
        cluster.service("dispatcher", "dispatcher"),
        cluster.worker("worker", comfyui, WORKER_AHEAD=str(ahead)),
    )
    await put_under(posting(place, connections=1, requests=1), expect=201)
    await until_all_completed(place.sessions)
    yield comfyui


async def pass_through(place: Place, *, count: int) -> Passage:
    async with transaction(place.sessions) as session:
        since = await session.scalar(select(func.now()))
    before = seconds_used(place.cluster)
    await put_under(posting(place, requests=count), expect=201)
    await until_all_completed(place.sessions)
    used = difference(before, seconds_used(place.cluster))
    async with transaction(place.sessions) as session:
        seconds = (await session.execute(SECONDS, {"since": since})).scalar_one()
    return Passage(count / seconds, used)


async def _directly(place: Place, comfyui: str, *, count: int) -> float:
    await run_directly(comfyui, [solid_color() for _ in range(count)])
    return count / wall_seconds(ended(place.cluster.runs(), of_darkroom=False))


def _cpu_figures(passage: Passage, scale: Scale) -> list[Figure]:
    count = scale.pipeline_jobs
    used = sorted(passage.cpu_seconds.items(), key=lambda item: -item[1])
    total = sum(passage.cpu_seconds.values())
    told = ", ".join(f"{name} {1000 * seconds / count:.2f}" for name, seconds in used)
    return [Figure("  processor time", 1000 * total / count, "ms/job", None, told)]
