"""The simulator can be restarted in the middle of anything."""

import asyncio
import contextlib
import gc
import socket
import warnings
from urllib.parse import urlsplit

from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator

CALLERS, RESTARTS = 6, 30


async def test_whoever_is_just_being_let_in_when_it_closes_is_not_left_hanging() -> None:
    simulator = Simulator()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with serve(simulator) as url:
            callers = [asyncio.ensure_future(call_again_and_again(url)) for _ in range(CALLERS)]
            for _ in range(RESTARTS):
                await simulator.restart()
            for caller in callers:
                caller.cancel()
            await asyncio.wait(callers)
        gc.collect()

    assert [str(one.message) for one in warned if one.category is ResourceWarning] == []


async def call_again_and_again(url: str) -> None:
    loop = asyncio.get_running_loop()
    while True:
        with socket.socket() as caller:
            caller.setblocking(False)
            with contextlib.suppress(ConnectionError):
                await loop.sock_connect(caller, ("127.0.0.1", urlsplit(url).port))
            await asyncio.sleep(0)
