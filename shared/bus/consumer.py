"""What becomes of each delivery, in the one place that decides it.

handler returns           done
raises Refused            buried at once, as is what cannot be understood
raises Unavailable        an outage: handled again after each pause until it is over, kept meanwhile
raises anything else      a bug: as the queue's `AfterBug` says
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Generic, TypeVar

import structlog
from structlog.contextvars import bound_contextvars

from shared.bus.cancelling import Cancelling
from shared.bus.link import Delivery
from shared.bus.timing import Timing, passed
from shared.errors import Refused, Unavailable
from shared.messages import MalformedMessage

log = structlog.get_logger()

T = TypeVar("T")


class AfterBug(Enum):
    REDELIVERED = auto()  # after a pause, DELIVERY_LIMIT times, then buried
    DROPPED = auto()  # from a queue without dead letters: waiting would hold up all behind it
    KEPT = auto()  # handled again after each pause: a dead letter has nowhere else to go


class Outcome(Enum):
    DONE = auto()
    REFUSED = auto()
    OUTAGE = auto()
    BUG = auto()


async def outcome_of(act: Callable[[], Awaitable[None]], *, attempt: int = 0) -> Outcome:
    """Run `act`, and log why it failed, if it did; of an outage, with the first attempt only.

    Nothing escapes but the cancellation of this task."""
    cancelling = Cancelling()
    try:
        await act()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - where bugs end
        cancelling.check(error)
        return _logged(error, attempt=attempt)
    return Outcome.DONE


def _logged(error: BaseException, *, attempt: int) -> Outcome:
    match error:
        case Refused():
            log.warning("handler.refused", code=error.code, reason=str(error))
            return Outcome.REFUSED
        case Unavailable():
            if attempt == 0:
                log.info("handler.postponed", code=error.code, reason=str(error))
            return Outcome.OUTAGE
        case _:  # a CancelledError too: of something that the handler awaited
            log.error("handler.crashed", exc_info=error)
            return Outcome.BUG


class Consumer(Generic[T]):
    """Hands deliveries to a handler, `at_once` at a time, in order of arrival.

    It outlives links, so that a handler which is still busy with a delivery of a lost one keeps
    its turn: never more than `at_once` run.
    """

    def __init__(
        self,
        queue: str,
        read: Callable[[Delivery], T],
        handle: Callable[[T], Awaitable[None]],
        *,
        at_once: int,
        after_bug: AfterBug,
        timing: Timing,
    ) -> None:
        self._queue, self._read, self._handle = queue, read, handle
        self._at_once, self._after_bug, self._timing = at_once, after_bug, timing
        self._waiting: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._disturbed = asyncio.Event()  # ends pauses
        self._is_leaving = False
        self._workers: list[asyncio.Task[None]] = []

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        self._workers = [tasks.create_task(self._work()) for _ in range(self._at_once)]

    def resume(self) -> None:
        """Before the first delivery of a link."""
        if not self._is_leaving:
            self._disturbed.clear()

    def take(self, delivery: Delivery) -> None:
        self._waiting.put_nowait(delivery)

    def disturb(self) -> None:
        """The link was lost: what waits in a pause is no longer ours."""
        self._disturbed.set()

    async def finish(self) -> None:
        """Give back what nobody began to handle, and wait for what somebody did.

        Only once nothing more is delivered: what is given back would come again."""
        self._is_leaving = True
        self._disturbed.set()
        for _ in self._workers:
            self._waiting.put_nowait(None)
        try:
            await asyncio.gather(*self._workers)
        finally:
            for worker in self._workers:
                worker.cancel()

    async def _work(self) -> None:
        with bound_contextvars(queue=self._queue):
            while (delivery := await self._waiting.get()) is not None:
                if delivery.is_lost:
                    continue
                if self._is_leaving:
                    await delivery.give_back()
                else:
                    await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            message = self._read(delivery)
        except MalformedMessage:
            # Not why: the reason may quote the body.
            log.warning("message.malformed", size=len(delivery.body))
            await delivery.bury()
            return
        match await self._handled(message, delivery):
            case Outcome.DONE:
                await delivery.done()
            case Outcome.OUTAGE:
                await delivery.give_back()
            case Outcome.BUG if self._after_bug is AfterBug.REDELIVERED:
                await passed(self._timing.pause(delivery.redeliveries), unless=self._disturbed)
                await delivery.give_back_failed()
            case Outcome.BUG | Outcome.REFUSED:
                await delivery.bury()

    async def _handled(self, message: T, delivery: Delivery) -> Outcome:
        """OUTAGE only when nobody may wait for its end any longer."""

        async def act() -> None:
            await self._handle(message)

        attempts = 0
        while True:
            outcome = await outcome_of(act, attempt=attempts)
            if self._after_bug is AfterBug.KEPT and outcome is not Outcome.DONE:
                outcome = Outcome.OUTAGE
            if outcome is not Outcome.OUTAGE:
                return outcome
            pause = self._timing.pause(attempts)
            if delivery.is_lost or not await passed(pause, unless=self._disturbed):
                return outcome
            attempts += 1
