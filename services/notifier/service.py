"""The notifier: holds the WebSockets, tells each its snapshot first and live events after it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.notifier.app import App
from services.notifier.feed import Feed
from services.notifier.hub import Hub
from services.notifier.mailbox import REVOKED, Close
from services.notifier.queue import QueueTold
from services.notifier.server import Protocol
from services.notifier.settings import Settings
from services.notifier.snapshots import Snapshots
from shared.auth import still_valid
from shared.bus.base import Bus, live_queue
from shared.db.engine import Sessions, transaction
from shared.db.positions import Positions
from shared.errors import Unavailable
from shared.process import wait_or_stop
from shared.serving.server import Server, bind

log = structlog.get_logger()

NO_LONGER_WELCOME = Close(REVOKED, "this token was revoked")


async def run(
    settings: Settings,
    *,
    sessions: Sessions,
    bus: Bus,
    stop: asyncio.Event,
    on_listening: Callable[[int], None] | None = None,
) -> None:
    """Raises PortTaken. `on_listening` is told the port once connections are accepted."""
    hub = Hub()
    positions = Positions(sessions)
    snapshots = Snapshots(sessions, positions, hub)
    feed = Feed(hub, snapshots)
    queue = QueueTold(sessions, positions, hub)
    app = App(sessions, hub, snapshots, settings.notifier_sockets_per_user)
    listener = bind(settings.notifier_host, settings.notifier_port, setting="NOTIFIER_PORT")

    def tell(port: int) -> None:
        log.info("notifier.listening", port=port)
        if on_listening is not None:
            on_listening(port)

    async def check_tokens() -> None:
        await close_revoked(hub, sessions)

    server = Server(app, listener, on_listening=tell, websockets=Protocol)
    async with (
        bus.subscribe(
            live_queue(),
            feed.handle,
            prefetch=None,  # one after another all the same, and none waits for the broker
            on_subscribed=feed.begin_again,
        ),
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(feed.make_up(stop))
        tasks.create_task(repeat(queue.tell, settings.queue_seconds, stop))
        tasks.create_task(repeat(check_tokens, settings.token_check_seconds, stop))
        tasks.create_task(server.serve_until(stop))
    log.info("notifier.stopped")


async def close_revoked(hub: Hub, sessions: Sessions) -> None:
    """One query for all sockets. Raises DatabaseUnavailable."""
    tokens = {listener.token_id for listener in hub.listeners}
    if not tokens:
        return
    async with transaction(sessions) as session:
        valid = await still_valid(session, tokens)
    for listener in hub.listeners:
        # One that came meanwhile was not asked about.
        if listener.token_id in tokens - valid:
            listener.mailbox.close(NO_LONGER_WELCOME)


async def repeat(act: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event) -> None:
    while not await wait_or_stop(stop, seconds):
        try:
            await act()
        except Unavailable as outage:
            log.info("notifier.waits", reason=str(outage))
