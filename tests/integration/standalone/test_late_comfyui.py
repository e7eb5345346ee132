"""A ComfyUI that is started after Darkroom is noticed, and so is its end."""

import asyncio

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from deploy.standalone.late_comfyui import LateComfyUI
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until


async def test_it_is_noticed_when_it_comes_and_when_it_goes() -> None:
    port, stop = free_port(), asyncio.Event()
    late = LateComfyUI(("127.0.0.1", port), every_seconds=0.02)
    watching = asyncio.create_task(late.watch(stop))
    assert late.url is None

    async with serve(Simulator(Behaviour()), port=port):
        await until(lambda: late.url)
        assert late.url == f"http://127.0.0.1:{port}"
    await until(lambda: late.url is None)

    stop.set()
    await watching
