"""Serve the gateway until it is told to stop, on an event loop that may be others' too."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.app import create_app
from gateway.parts import assemble, running
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.errors import Refused
from shared.media import MediaStore
from shared.workflows.workflow import Workflows

log = structlog.get_logger()

GRACE_SECONDS = 5  # for answers that are under way when we stop
MAX_FRAME_BYTES = 256 * 1024  # from a WebSocket client
BACKLOG = 2048


class PortTaken(Refused):
    code = "port_taken"


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, *, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are our process's business, not uvicorn's."""
        yield


async def run(
    settings: Settings,
    *,
    sessions: Sessions,
    media: MediaStore,
    workflows: Workflows,
    stop: asyncio.Event,
    on_listening: Callable[[int], None] | None = None,
) -> None:
    """Raises PortTaken. `on_listening` is told the port once connections are accepted."""
    parts = assemble(settings, sessions=sessions, media=media, workflows=workflows)
    listener = _bind(settings.listen_host, settings.port)

    def tell() -> None:
        port = listener.getsockname()[1]
        log.info("gateway.listening", port=port)
        if on_listening is not None:
            on_listening(port)

    server = _Server(_config(create_app(parts)), on_started=tell)

    async def end_when_told() -> None:
        await stop.wait()
        parts.final_waiters.release_all()
        server.should_exit = True

    async with running(parts), asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(end_when_told())
        await server.serve(sockets=[listener])
        ending.cancel()
    log.info("gateway.stopped")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(
            f"cannot listen on {host} port {port}: {error.strerror}; set PORT"
        ) from error


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="none",  # whichever runs already
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
