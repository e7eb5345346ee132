"""How much of the time ComfyUI works while jobs of half a second wait for it."""

import time
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from deploy.comfyui_simulator.behaviour import Behaviour
from shared.workflows.load import load_workflows
from shared.workflows.render import render
from tests.bench.direct import Graph, Run, busy_share, ended, run_directly
from tests.bench.figures import Figure, at_least, median
from tests.bench.ground import Ground, Place
from tests.bench.jobs import posting, until_all_completed
from tests.bench.load import put_under
from tests.bench.pipeline import everything
from tests.bench.scale import Scale

STEP_SECONDS = "0.5"
WORKFLOW = "text_to_image"
PARAMS: Mapping[str, Any] = {
    "workflow": WORKFLOW,
    "checkpoint": Behaviour().checkpoints[0],
    "width": 64,
    "height": 64,
    "steps": 1,
}


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    slow = ("--step-seconds", STEP_SECONDS)
    async with ground.place() as place, everything(place, *slow) as comfyui:
        runs = await _through(place, count=scale.busy_jobs)
        await run_directly(comfyui, [_graph(seed) for seed in range(scale.busy_jobs)])
        alone = ended(place.cluster.runs(), of_darkroom=False)
    gaps = [1000 * (after["started"] - before["finished"]) for before, after in pairwise(runs)]
    return [
        Figure(
            f"{scale.busy_jobs} jobs of {STEP_SECONDS} s, two in ComfyUI",
            100 * busy_share(runs),
            "%",
            at_least(99.5),
            f"all queued in ComfyUI beforehand: {100 * busy_share(alone):.2f} %",
        ),
        Figure("  pause between two jobs, p50", median(gaps), "ms"),
    ]


async def _through(place: Place, *, count: int) -> list[Run]:
    began = time.time()
    await put_under(posting(place, params=PARAMS, requests=count), expect=201)
    await until_all_completed(place.sessions)
    ran = [run for run in ended(place.cluster.runs(), of_darkroom=True) if run["started"] > began]
    return sorted(ran, key=lambda run: float(run["started"]))


def _graph(seed: int) -> Graph:
    """Like what Darkroom submits."""
    workflow = load_workflows()[WORKFLOW]
    complete = workflow.validate(
        dict(PARAMS), prompt="a lighthouse", negative_prompt="", draw_seed=lambda: seed
    )
    return render(
        workflow,
        complete.params,
        prompt=complete.prompt,
        negative_prompt=complete.negative_prompt,
        filename_prefix=f"bench/{seed}",
    )
