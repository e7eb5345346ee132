"""uvicorn as a part of a process that is not its own."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from shared.serving.config import BACKLOG, GRACE_SECONDS, Config
from shared.serving.http import HttpProtocol
from shared.serving.limits import Limits, PortTaken
from shared.serving.websockets import WebSocketProtocol

MAX_FRAME_BYTES = 64 * 1024  # from a WebSocket client


def bind(host: str, port: int, *, setting: str) -> socket.socket:
    """Raises PortTaken, which names the setting to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host} port {port}: {error.strerror}; set {setting}"
        ) from error


class Server(uvicorn.Server):
    def __init__(
        self,
        app: Any,
        listener: socket.socket,
        *,
        on_listening: Callable[[int], None],
        websockets: type[WebSocketProtocol] = WebSocketProtocol,
        limits: Limits | None = None,
    ) -> None:
        """`on_listening` is told the port once connections are accepted."""
        super().__init__(
            Config(
                app,
                http=HttpProtocol,
                ws=websockets,
                ws_max_size=MAX_FRAME_BYTES,
                limits=limits or Limits(),
            )
        )
        self._listener = listener
        self._on_listening = on_listening

    async def serve_until(self, stop: asyncio.Event) -> None:
        async def end() -> None:
            await stop.wait()
            self.should_exit = True

        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(end())
            await self.serve(sockets=[self._listener])
            ending.cancel()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening(self._listener.getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Clients that do not take what they are told hold up nobody's end."""
        cutting_off = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._cut_off)
        try:
            await super().shutdown(sockets)
        finally:
            cutting_off.cancel()

    def _cut_off(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are our process's business, not uvicorn's."""
        yield
