"""Which ComfyUI makes the images: the one named, the one next door, or the simulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from deploy.standalone.settings import USUAL_COMFYUI

PATIENCE_SECONDS = 3
STEP_SECONDS = 0.05  # slow enough to watch


@dataclass(frozen=True)
class ComfyUI:
    url: str
    simulated: bool

    @property
    def sentence(self) -> str:
        if self.simulated:
            return (
                f"No ComfyUI answers at {USUAL_COMFYUI} and COMFYUI_URL is not set:"
                " a simulator draws the images."
            )
        return f"Images are made by the ComfyUI at {self.url}."


@asynccontextmanager
async def chosen_comfyui(given: str | None, *, output_dir: Path) -> AsyncIterator[ComfyUI]:
    if given:
        yield ComfyUI(given, simulated=False)
    elif await answers_in_time(USUAL_COMFYUI):
        yield ComfyUI(USUAL_COMFYUI, simulated=False)
    else:
        output_dir.mkdir(parents=True, exist_ok=True)
        simulator = Simulator(Behaviour(step_seconds=STEP_SECONDS), output_dir=output_dir)
        async with serve(simulator) as url:
            yield ComfyUI(url, simulated=True)


async def answers_in_time(url: str) -> bool:
    """Asked until it answers, for three seconds: it may be starting too."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await answers(url):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
    except TimeoutError:
        return False
    return True


async def answers(url: str) -> bool:
    """Whether what listens there is a ComfyUI."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{url}/system_stats")
            return answer.status_code == 200 and "comfyui_version" in answer.text[:10_000]
    except httpx.HTTPError:
        return False
