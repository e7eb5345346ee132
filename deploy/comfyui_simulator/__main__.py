"""The simulator as a process of its own: `python -m deploy.comfyui_simulator --port 8188`."""

import asyncio
import contextlib
import signal
import sys

import uvloop

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.settings import Settings
from deploy.comfyui_simulator.simulator import Simulator


def behaviour_from(settings: Settings) -> Behaviour:
    changes: dict[str, object] = {
        "step_seconds": settings.step_seconds,
        "load_seconds": settings.load_seconds,
        "save_seconds": settings.save_seconds,
        "previews": settings.previews,
    }
    if settings.checkpoint:
        changes["checkpoints"] = tuple(settings.checkpoint)
    if settings.lora:
        changes["loras"] = tuple(settings.lora)
    return Behaviour.model_validate(changes)


async def run(settings: Settings) -> int:
    simulator = Simulator(
        behaviour_from(settings), output_dir=settings.output_dir, journal_path=settings.journal
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serve(simulator, host=settings.host, port=settings.port) as url:
        sys.stdout.write(f"simulated ComfyUI ready at {url}, images in {simulator.output_dir}\n")
        sys.stdout.flush()
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(simulator.crashed.wait())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        return 1 if simulator.crashed.is_set() else 0


def main() -> int:
    settings = Settings(_cli_parse_args=True)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(run(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
