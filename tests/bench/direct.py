"""ComfyUI's stand-in asked directly, without Darkroom: the limit of what goes through it."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from tests.infrastructure.waiting import until

Graph = dict[str, Any]
Run = dict[str, Any]  # one of the simulator's journal


def solid_color() -> Graph:
    size = {"width": 64, "height": 64, "batch_size": 1, "color": 0}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {
            "class_type": "SaveImage",
            "inputs": {"images": ["1", 0], "filename_prefix": f"bench/{uuid4()}"},
        },
    }


async def run_directly(url: str, graphs: Sequence[Graph]) -> None:
    """All of them queued at once; returns when all have ended."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        for graph in graphs:
            body = {"prompt": graph, "prompt_id": str(uuid4())}
            (await http.post("/prompt", json=body)).raise_for_status()

        async def is_idle() -> bool:
            queue = (await http.get("/queue")).json()
            return not queue["queue_running"] and not queue["queue_pending"]

        await until(is_idle, within=300, what="the simulator has done them")


def ended(runs: Sequence[Run], *, of_darkroom: bool) -> list[Run]:
    """The finished runs of the journal, Darkroom's own or those that were asked for directly."""
    return [
        run
        for run in runs
        if run["finished"] is not None and (run["darkroom"] is not None) is of_darkroom
    ]


def wall_seconds(runs: Sequence[Run]) -> float:
    """From the first start to the last end."""
    return float(max(run["finished"] for run in runs) - min(run["started"] for run in runs))


def busy_share(runs: Sequence[Run]) -> float:
    return float(sum(run["finished"] - run["started"] for run in runs)) / wall_seconds(runs)
