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
class Bell:
    """Rings for one loop: there may be something to do."""

    rung: asyncio.Event = field(default_factory=asyncio.Event)
    news: bool = False  # of a commit of ours: nobody but us knows of it

    def ring(self, *, news: bool = False) -> None:
        self.news = self.news or news
        self.rung.set()

    def answer(self) -> bool:
        """Before the look at the tables. Whether there was news."""
        news, self.news = self.news, False
        self.rung.clear()
        return news


@dataclass
class Wake:
    relay: Bell = field(default_factory=Bell)
    assign: Bell = field(default_factory=Bell)
    # Set by a loop that had news and found another dispatcher at work: it is told by NOTIFY. A
    # NOTIFY is a commit that holds up all others, so it is sent only then.
    others: asyncio.Event = field(default_factory=asyncio.Event)

    def all(self) -> None:
        """Committed here: something to relay, and a job or a worker that is free."""
        self.relay.ring(news=True)
        self.assign.ring(news=True)

    def hear(self) -> None:
        """What every dispatcher hears."""
        self.relay.ring()
        self.assign.ring()


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

    def hear(_: object, sender: int, *__: object) -> None:
        heard.set()
        if sender != ourselves:
            wake.hear()

    try:
        ourselves = connection.get_server_pid()
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
