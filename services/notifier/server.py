"""uvicorn, as a part of a process that is not its own, and hard on clients that are gone."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from services.notifier.app import SEND_NOW
from shared.errors import Refused

MAX_FRAME_BYTES = 64 * 1024  # from a client
BACKLOG = 2048
GRACE_SECONDS = 5


class PortTaken(Refused):
    code = "port_taken"


class Protocol(WebSocketsSansIOProtocol):
    """A closed transport waits for what it has still to send, which a client that reads nothing
    never takes: so one that answers no ping, or no close, is cut off.

    Offers the application `SEND_NOW`, as waking a task for each of 2,000 clients takes longer than
    writing to them."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            (self.scope["extensions"] or {})[SEND_NOW] = {"send": self.send_now}

    def send_now(self, text: str) -> bool:
        """False: it has to wait, and was not sent."""
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self.loop.call_later(GRACE_SECONDS, self.transport.abort)


class Server(uvicorn.Server):
    def __init__(self, app: Any, listener: socket.socket, on_started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="none",  # whichever runs already
                http="httptools",
                ws=Protocol,
                ws_per_message_deflate=False,  # a third more work, and 40 KB more a socket
                ws_max_size=MAX_FRAME_BYTES,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._listener = listener
        self._on_started = on_started

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
        self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are our process's business, not uvicorn's."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host} port {port}: {error.strerror}; set NOTIFIER_PORT"
        ) from error
