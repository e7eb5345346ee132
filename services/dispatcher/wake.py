"""Wake whoever works: this process at once, the others through Postgres's NOTIFY.

Also hears the gateway's and content's nudges. A lost nudge costs one tick.
"""

import asyncio
from dataclasses import dataclass, field

import asyncpg
import structlog

from shared.db.outbox import NUDGE_CHANNEL
from shared.process import wait_for_any, wait_or_stop

log = structlog.get_logger()

CONNECT_SECONDS = 5
OUTAGES = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass
class Wake:
    """`relay` and `assign` are set when there may be something to do."""

    relay: asyncio.Event = field(default_factory=asyncio.Event)
    assign: asyncio.Event = field(default_factory=asyncio.Event)
    others: asyncio.Event = field(default_factory=asyncio.Event)  # to be told by NOTIFY

    def all(self) -> None:
        """Something was committed here: a dispatcher (perhaps another) has work."""
        self.hear()
        self.others.set()

    def hear(self) -> None:
        self.relay.set()
        self.assign.set()


async def listen(url: str, wake: Wake, *, test_every: float, stop: asyncio.Event) -> None:
    """Keep a listening connection, opened anew whenever it does not hear its own NOTIFY."""
    while not stop.is_set():
        try:
            await _listen_once(url, wake, test_every=test_every, stop=stop)
        except OUTAGES as error:
            log.info("nudges.connection_lost", reason=type(error).__name__)
            await wait_or_stop(stop, 1)


async def _listen_once(url: str, wake: Wake, *, test_every: float, stop: asyncio.Event) -> None:
    connection = await asyncpg.connect(
        url.replace("postgresql+asyncpg", "postgresql"), timeout=CONNECT_SECONDS
    )
    heard = asyncio.Event()

    def hear(*_: object) -> None:
        heard.set()
        wake.hear()

    try:
        await connection.add_listener(NUDGE_CHANNEL, hear)
        wake.hear()
        while not stop.is_set():
            heard.clear()
            await connection.execute(f"NOTIFY {NUDGE_CHANNEL}", timeout=CONNECT_SECONDS)
            async with asyncio.timeout(CONNECT_SECONDS):
                await heard.wait()
            await _tell_others(connection, wake, seconds=test_every, stop=stop)
    finally:
        connection.terminate()


async def _tell_others(
    connection: asyncpg.Connection, wake: Wake, *, seconds: float, stop: asyncio.Event
) -> None:
    """For that long, turn each `others` into one NOTIFY, however often it was set meanwhile."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while not stop.is_set() and clock() < until:
        await wait_for_any(wake.others, stop, seconds=until - clock())
        if wake.others.is_set():
            wake.others.clear()
            await connection.execute(f"NOTIFY {NUDGE_CHANNEL}", timeout=CONNECT_SECONDS)
