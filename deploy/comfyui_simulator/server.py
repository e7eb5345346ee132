"""Listens on one port of this computer, and can stop listening like a process that was killed."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn

from deploy.comfyui_simulator.app import make_app
from deploy.comfyui_simulator.simulator import Simulator

TURNS_TO_BE_KNOWN = 4  # of the event loop, from accepting a connection to having it in the list


class _Uvicorn(uvicorn.Server):
    """Ends at once, and rudely; leaves the signals to the process around it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.closing = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        ticks = 0
        while not self.closing.is_set():
            await self.on_tick(ticks)
            ticks += 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await self.closing.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        for listener in self.servers:
            for listening in listener.sockets:
                loop.remove_reader(listening)  # closed now, asyncio would forget whom it accepts
        for _ in range(TURNS_TO_BE_KNOWN):
            await asyncio.sleep(0)
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for listener in self.servers:
            await listener.wait_closed()


class Server:
    def __init__(self, simulator: Simulator, *, host: str, port: int) -> None:
        self._simulator = simulator
        # Bound and never listening: the port stays ours, and refuses, while the simulator is down.
        self._placeholder = _bound_socket(host, port)
        self.host, self.port = host, self._placeholder.getsockname()[1]
        self._uvicorn: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def open(self) -> None:
        config = uvicorn.Config(
            make_app(self._simulator),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            ws_per_message_deflate=False,
            ws_ping_interval=None,
            timeout_keep_alive=60,
        )
        self._uvicorn = _Uvicorn(config)
        listening = _bound_socket(self.host, self.port)
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listening]))
        while not self._uvicorn.started:
            if self._serving.done():
                await self._serving
            await asyncio.sleep(0.001)

    async def close(self) -> None:
        """Refuses from now on; open connections are reset, WebSockets included (1006)."""
        if self._uvicorn is None or self._serving is None:
            return
        self._uvicorn.closing.set()
        await self._serving
        self._uvicorn = None

    def reset(self, client: tuple[str, int]) -> None:
        """Resets the one connection that comes from this address."""
        if self._uvicorn is None:
            return
        for connection in list(self._uvicorn.server_state.connections):
            if connection.transport.get_extra_info("peername")[:2] == client:
                connection.transport.abort()

    def release(self) -> None:
        self._placeholder.close()


@contextlib.asynccontextmanager
async def serve(
    simulator: Simulator, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[str]:
    """Runs it in this event loop; yields its URL. `simulator.restart()` keeps the URL."""
    simulator.server = Server(simulator, host=host, port=port)
    try:
        await simulator.start()
        yield simulator.server.url
    finally:
        await simulator.stop()
        simulator.server.release()
        simulator.server = None
        simulator.remove_files()


def _bound_socket(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is spelt out: 40 ms an answer.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
