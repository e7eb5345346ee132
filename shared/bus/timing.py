"""How long the buses wait, in seconds."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """The defaults are the design's; tests shrink them."""

    pauses: tuple[float, ...] = (1, 2, 4, 8, 16, 30)  # before a message is handled again
    reconnect: tuple[float, ...] = (0.5, 1, 2, 4, 5)  # at most; half of it at least
    locked: float = 5  # before an exclusive queue is asked for again
    heartbeat: int = 10  # whole seconds; a silent link is given up after three

    def pause(self, number: int) -> float:
        """Counted from 0; the last repeats."""
        return self.pauses[min(number, len(self.pauses) - 1)]

    def reconnect_pauses(self) -> Iterator[float]:
        """Without end. Random, so that a hundred processes do not come back at one moment."""
        number = 0
        while True:
            longest = self.reconnect[min(number, len(self.reconnect) - 1)]
            yield random.uniform(longest / 2, longest)  # noqa: S311 - not a secret
            number += 1


async def passed(seconds: float, *, unless: asyncio.Event) -> bool:
    """Wait that long, or until the event; whether the time passed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await unless.wait()
            return False
    return True
