"""What waits together is done together; a single one waits for nobody."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class _Waiting(Generic[T, R]):
    one: T
    done: "asyncio.Future[R]"

    def answer(self, answer: R) -> None:
        if not self.done.done():
            self.done.set_result(answer)

    def refuse(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Together(Generic[T, R]):
    """Call it from many tasks: what comes while `act` is at work shares its next call.

    `act` gives an answer for each, in their order. An outage is everybody's; of anything else that
    `act` raises for several, each is tried alone, so that one takes no others with it."""

    def __init__(self, act: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, most: int) -> None:
        self._act = act
        self._most = most
        self._gathered: deque[_Waiting[T, R]] = deque()
        self._turn = asyncio.Lock()

    async def __call__(self, one: T) -> R:
        waiting = _Waiting[T, R](one, asyncio.get_running_loop().create_future())
        self._gathered.append(waiting)
        try:
            async with self._turn:
                while not waiting.done.done():
                    await self._do_next()
        finally:
            waiting.done.cancel()  # who was cancelled is not done by others
        return waiting.done.result()

    async def _do_next(self) -> None:
        together = [self._gathered.popleft() for _ in range(min(self._most, len(self._gathered)))]
        batch = [waiting for waiting in together if not waiting.done.done()]
        try:
            if batch:
                await self._do(batch)
        finally:
            # Whoever did it was cancelled: the next in turn does it.
            self._gathered.extendleft(one for one in reversed(batch) if not one.done.done())

    async def _do(self, batch: Sequence[_Waiting[T, R]]) -> None:
        try:
            answers = await self._act([waiting.one for waiting in batch])
        except Exception as error:  # noqa: BLE001 - it is told to whom it concerns
            if isinstance(error, Unavailable) or len(batch) == 1:
                for waiting in batch:
                    waiting.refuse(error)
            else:
                for waiting in batch:
                    await self._do([waiting])
        else:
            for waiting, answer in zip(batch, answers, strict=True):
                waiting.answer(answer)
