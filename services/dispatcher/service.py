"""The dispatcher: relays, assigns, reaps, and applies what workers report.

Any number of them may run; of each of the three loops one works and the others stand by.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from services.dispatcher import deadletters, metrics
from services.dispatcher.assign import MOST_A_ROUND, assign_once
from services.dispatcher.claims import Claims
from services.dispatcher.heartbeats import Heartbeats
from services.dispatcher.newest import Newest
from services.dispatcher.reaper import Attention, reap_once
from services.dispatcher.relay import relay_once
from services.dispatcher.relay_messages import BATCH
from services.dispatcher.reports import Reports
from services.dispatcher.settings import Settings, Timing
from services.dispatcher.wake import Bell, Wake, listen
from shared.bus.base import HEARTBEAT_QUEUE, REPORT_QUEUE, Bus
from shared.db.engine import DatabaseUnavailable, Sessions
from shared.errors import Unavailable
from shared.process import wait_for_any, wait_or_stop

log = structlog.get_logger()

REPORTS_TAKEN = 32  # at a time: claims that wait together are answered together
HEARTBEATS_TAKEN = 50  # at a time: only the newest of each worker is applied

Step = Callable[[], Awaitable[None]]


async def run(settings: Settings, *, sessions: Sessions, bus: Bus, stop: asyncio.Event) -> None:
    now = asyncio.get_running_loop().time()
    timing = settings.dispatcher_timing
    dispatcher = Dispatcher(sessions, bus, timing, Wake(), Attention.begun(timing, now=now), stop)
    url = settings.database_url.get_secret_value()
    async with dispatcher.listening(), asyncio.TaskGroup() as loops:
        loops.create_task(dispatcher.repeat(dispatcher.relay, bell=dispatcher.wake.relay))
        loops.create_task(
            dispatcher.repeat(
                dispatcher.assign, bell=dispatcher.wake.assign, pace=timing.assign_pace
            )
        )
        loops.create_task(dispatcher.repeat(dispatcher.reap))
        loops.create_task(dispatcher.repeat(dispatcher.settle))
        loops.create_task(metrics.keep_looking(sessions, every=timing.metrics, stop=stop))
        loops.create_task(listen(url, dispatcher.wake, test_every=timing.listen_test, stop=stop))


@dataclass(frozen=True)
class Dispatcher:
    """Its subscriptions and loops, over what they share."""

    sessions: Sessions
    bus: Bus
    timing: Timing
    wake: Wake
    attention: Attention
    stop: asyncio.Event

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        claims = Claims(self.sessions, self.bus, self.wake, self.timing)
        reports = Reports(self.sessions, claims, self.wake, self.timing)
        heartbeats = Heartbeats(self.sessions, self.bus, self.wake, self.timing)
        dead = partial(
            deadletters.handle, sessions=self.sessions, wake=self.wake, timing=self.timing
        )
        async with (
            self.bus.subscribe(REPORT_QUEUE, reports.take, prefetch=REPORTS_TAKEN),
            self.bus.subscribe(
                HEARTBEAT_QUEUE,
                Newest(heartbeats.take),
                prefetch=HEARTBEATS_TAKEN,
                on_subscribed=self._listening_again,
            ),
            self.bus.subscribe_dead(dead),
        ):
            yield

    async def _listening_again(self) -> None:
        self.attention.interrupt(now=self._now())

    async def relay(self) -> None:
        news = self.wake.relay.answer()
        done = await relay_once(self.sessions, self.bus)
        while done == BATCH:
            done = await relay_once(self.sessions, self.bus)
        self._pass_on(news, elsewhere=done is None)

    async def assign(self) -> None:
        news = self.wake.assign.answer()
        while given := await assign_once(self.sessions, self.timing):
            self.wake.relay.ring(news=True)
            if given < MOST_A_ROUND:
                break
        self._pass_on(news, elsewhere=given is None)

    def _pass_on(self, news: bool, *, elsewhere: bool) -> None:
        """Who works now may have looked before our commit."""
        if news and elsewhere:
            self.wake.others.set()

    async def reap(self) -> None:
        self.attention.tick(now=self._now())
        if not self.bus.is_connected:
            await self._listening_again()
        if not self.attention.may_take_back(now=self._now()):
            return
        if await reap_once(self.sessions, self.timing):
            self.wake.all()

    async def settle(self) -> None:
        while await deadletters.settle_once(self.sessions, self.bus):
            pass

    async def repeat(
        self, step: Step, *, bell: Bell | None = None, pace: float | None = None
    ) -> None:
        """Run `step` whenever its bell rings, and at every tick by itself; an outage is tried
        again."""
        events = [self.stop] if bell is None else [self.stop, bell.rung]
        while not self.stop.is_set():
            try:
                await step()
            except Unavailable as outage:
                log.info("dispatcher.waits", reason=str(outage))
                if isinstance(outage, DatabaseUnavailable):
                    await self._listening_again()
                await wait_or_stop(self.stop, self.timing.tick)
            else:
                await asyncio.sleep(pace or self.timing.pace)
                await wait_for_any(*events, seconds=self.timing.tick)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
