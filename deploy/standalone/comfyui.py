"""Which ComfyUI makes the images: the one named, the one next door, or the simulator."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from deploy.standalone.neighbour import ADDRESS

USUAL_COMFYUI = "http://{}:{}".format(*ADDRESS)
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
async def chosen_comfyui(
    given: str | None, *, neighbour: "Future[bool]", output_dir: Path
) -> AsyncIterator[ComfyUI]:
    if given:
        yield ComfyUI(given, simulated=False)
    elif await asyncio.wrap_future(neighbour):
        yield ComfyUI(USUAL_COMFYUI, simulated=False)
    else:
        output_dir.mkdir(parents=True, exist_ok=True)
        simulator = Simulator(Behaviour(step_seconds=STEP_SECONDS), output_dir=output_dir)
        async with serve(simulator) as url:
            yield ComfyUI(url, simulated=True)
