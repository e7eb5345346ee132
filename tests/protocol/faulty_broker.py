"""An in-process broker that loses, doubles and delays messages, and can lose everything at once."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.bus.base import Route
from shared.bus.in_process import InProcessBroker, InProcessLink

Body = dict[str, Any]
# The delays, in seconds, of the copies that arrive of a message; none: it is lost.
Fate = Callable[[Body], Iterator[float]]

LONGEST_DELAY = 0.25
KINDS = ("generate", "go", "drop", "yours", "heartbeat", "claim", "failed", "output")


def calm(_message: Body) -> Iterator[float]:
    yield 0.0


@dataclass(frozen=True)
class Weather:
    """Of each kind that is named, half of the messages meet it."""

    seed: int
    lost: frozenset[str] = frozenset()
    doubled: frozenset[str] = frozenset()
    delayed: frozenset[str] = frozenset()
    _random: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_random", random.Random(self.seed))

    def __call__(self, message: Body) -> Iterator[float]:
        kind = message["type"]
        for _ in range(2 if self._strikes(kind, self.doubled) else 1):
            if self._strikes(kind, self.lost):
                continue
            late = self._strikes(kind, self.delayed)
            yield self._random.uniform(0, LONGEST_DELAY) if late else 0.0

    def _strikes(self, kind: str, kinds: frozenset[str]) -> bool:
        return kind in kinds and self._random.random() < 0.5


class FaultyBroker(InProcessBroker):
    """A late message reaches whoever is there by then: the next instance of a worker, too."""

    def __init__(self) -> None:
        super().__init__()
        self.fate: Fate = calm
        self.heartbeats: dict[str, Body] = {}  # the last one sent, by worker id
        self._links: list[InProcessLink] = []

    async def connect(self, on_lost: Callable[[], None]) -> InProcessLink:
        link = await super().connect(on_lost)
        self._links.append(link)
        return link

    def route(self, route: Route, body: bytes) -> bool:
        message: Body = json.loads(body)
        if message["type"] == "heartbeat":
            self.heartbeats[message["worker_id"]] = message
        if not any(queue.wants(route) for queue in self._queues.values()):
            return False
        deliver = partial(super().route, route, body)
        for delay in self.fate(message):
            if delay:
                asyncio.get_running_loop().call_later(delay, deliver)
            else:
                deliver()
        return True

    def lose_everything(self) -> None:
        """Restarted without its volume: every queue and connection is gone."""
        links, self._links = self._links, []
        self._queues.clear()
        for link in links:
            link.loss.because("the broker was restarted without its volume")
