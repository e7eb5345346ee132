"""Serve the gateway until it is told to stop, on an event loop that may be others' too."""

import asyncio
from collections.abc import Callable

import structlog

from gateway.app import create_app
from gateway.parts import Parts, running
from shared.serving.server import Server, bind

log = structlog.get_logger()


async def run(
    parts: Parts,
    *,
    stop: asyncio.Event,
    on_listening: Callable[[int], None] | None = None,
) -> None:
    """Raises PortTaken. `on_listening` is told the port once connections are accepted."""
    listener = bind(parts.settings.listen_host, parts.settings.port, setting="PORT")

    def tell(port: int) -> None:
        log.info("gateway.listening", port=port)
        if on_listening is not None:
            on_listening(port)

    async def release_waiters() -> None:
        await stop.wait()
        parts.final_waiters.release_all()

    server = Server(create_app(parts), listener, on_listening=tell)
    async with running(parts), asyncio.TaskGroup() as tasks:
        tasks.create_task(release_waiters())
        await server.serve_until(stop)
    log.info("gateway.stopped")
