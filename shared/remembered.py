"""What is dear to read is read now and then, once for all who ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

LONG_SECONDS = 0.05  # a reading that nobody should wait for who can do without


class Remembered(Generic[T]):
    """Where reading takes long, the old serves meanwhile, until it is `longest_seconds` old."""

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        *,
        lasts_seconds: float,
        longest_seconds: float = 0.0,
    ) -> None:
        self.latest: T | None = None
        self._read = read
        self._lasts_seconds = lasts_seconds
        self._longest_seconds = longest_seconds
        self._read_at = 0.0  # of time.monotonic()
        self._took_seconds = 0.0
        self._reading: asyncio.Task[T] | None = None

    async def now(self) -> T:
        """Raises what reading raises."""
        age = time.monotonic() - self._read_at
        if self.latest is not None and age < self._lasts_seconds:
            return self.latest
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_once())
            self._reading.add_done_callback(_look_at)
        is_dear = self._took_seconds >= LONG_SECONDS
        if self.latest is not None and is_dear and age < self._longest_seconds:
            return self.latest
        # Whoever goes away meanwhile does not take the reading from the others.
        return await asyncio.shield(self._reading)

    async def _read_once(self) -> T:
        began = time.monotonic()
        try:
            self.latest = await self._read()
        finally:
            self._reading = None
        self._read_at = time.monotonic()
        self._took_seconds = self._read_at - began
        return self.latest


def _look_at(task: "asyncio.Task[T]") -> None:
    """A failure that nobody waited for is met again by the next who cannot do without."""
    if not task.cancelled():
        task.exception()
