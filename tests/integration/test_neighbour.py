"""`make run` uses the ComfyUI next door, if that is one."""

import asyncio
from concurrent.futures import Future

from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from deploy.standalone.neighbour import begin_to_look
from tests.infrastructure.ports import free_port


async def answer_of(look: "Future[bool]") -> bool:
    return await asyncio.wrap_future(look)


async def test_a_comfyui_that_is_only_starting_is_found() -> None:
    port = free_port()
    look = begin_to_look(("127.0.0.1", port), seconds=30)
    async with serve(Simulator(), port=port):
        assert await answer_of(look)


async def test_where_nothing_listens_there_is_none() -> None:
    assert not await answer_of(begin_to_look(("127.0.0.1", free_port()), seconds=0.1))


async def test_another_program_on_its_port_is_none() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        assert not await answer_of(begin_to_look(address, seconds=0.3))


async def test_one_that_says_nothing_is_given_up() -> None:
    silent = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        assert not await answer_of(begin_to_look(address, seconds=0.3))
        silent.set()
