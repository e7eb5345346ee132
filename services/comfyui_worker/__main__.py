"""`darkroom comfyui-worker`: one process beside one ComfyUI."""

import asyncio
import sys

from services.comfyui_worker.service import run
from services.comfyui_worker.settings import Settings
from shared import log
from shared.bus.amqp import AmqpBus
from shared.bus.base import reachable
from shared.media import open_media
from shared.process import health_port, read_settings, run_until_stopped
from shared.workflows.load import BrokenWorkflow, load_workflows
from shared.workflows.workflow import Workflows


async def serve(settings: Settings, workflows: Workflows, stop: asyncio.Event) -> None:
    media = open_media(settings.media_url.get_secret_value())
    bus = AmqpBus(settings.amqp_url.get_secret_value(), name=f"worker {settings.worker_id}")
    checks = {"broker": lambda: reachable(bus), "media": media.reachable}
    async with bus, health_port(settings.health_port, checks=checks):
        await run(settings, bus=bus, media=media, workflows=workflows, stop=stop)


def installed_workflows(settings: Settings) -> Workflows:
    """A broken one stops the start, with a line that names file and place."""
    own = settings.workflows_dir
    try:
        return load_workflows(*([] if own is None else [own]))
    except BrokenWorkflow as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


def main() -> None:
    settings = read_settings(Settings)
    log.configure("comfyui_worker", level=settings.log_level, json=settings.log_json)
    workflows = installed_workflows(settings)
    run_until_stopped(lambda stop: serve(settings, workflows, stop))


if __name__ == "__main__":
    main()
