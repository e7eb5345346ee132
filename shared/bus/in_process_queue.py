"""A queue in memory: who gets what, how often, and what becomes of what nobody can handle."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from shared.bus.base import DELIVERY_LIMIT, DeadLetter, Queue, Route
from shared.bus.link import Delivery


@dataclass
class Envelope:
    body: bytes
    redeliveries: int = 0
    expires_at: float | None = None  # by the loop's clock
    died_in: str = ""
    died_of: str = ""


@lru_cache(maxsize=4096)
def matches(pattern: str, key: str) -> bool:
    """As a topic exchange does: `*` is one word, `#` any number of them."""
    return _matches(tuple(pattern.split(".")), tuple(key.split(".")))


def _matches(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_matches(pattern[1:], words[start:]) for start in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _matches(pattern[1:], words[1:])


class InProcessQueue:
    def __init__(
        self, spec: Queue[Any], *, owner: object | None, bury: Callable[[str, Envelope], None]
    ) -> None:
        self.spec = spec
        self.owner = owner  # of an exclusive one
        self._bury = bury
        self._messages: deque[Envelope] = deque()
        self._feeds: deque[InProcessFeed] = deque()

    def wants(self, route: Route) -> bool:
        return any(
            exchange == route.exchange and matches(pattern, route.key)
            for exchange, pattern in self.spec.bindings
        )

    def put(self, envelope: Envelope, *, life: timedelta | None) -> None:
        lives = [each.total_seconds() for each in (life, self.spec.message_life) if each]
        if lives:
            envelope.expires_at = asyncio.get_running_loop().time() + min(lives)
        self._messages.append(envelope)
        self.deliver()

    def put_back(self, envelope: Envelope) -> None:
        self._messages.appendleft(envelope)

    def bury(self, envelope: Envelope, *, reason: str) -> None:
        if self.spec.dead_letters:
            died_in = self.spec.name
            self._bury(
                self.spec.dead_letters, Envelope(envelope.body, died_in=died_in, died_of=reason)
            )

    def count_failure(self, envelope: Envelope) -> None:
        envelope.redeliveries += 1
        if envelope.redeliveries > DELIVERY_LIMIT:
            self.bury(envelope, reason="delivery_limit")
        else:
            self.put_back(envelope)

    def feed(
        self,
        take: Callable[[Delivery], None],
        prefetch: int | None,
        *,
        on_close: Callable[["InProcessQueue"], None],
    ) -> "InProcessFeed":
        feed = InProcessFeed(self, take, prefetch, on_close)
        self._feeds.append(feed)
        self.deliver()
        return feed

    def forget(self, feed: "InProcessFeed") -> None:
        if feed in self._feeds:
            self._feeds.remove(feed)

    def deliver(self) -> None:
        """As long as there is a message and a consumer with room for it."""
        self._drop_expired()
        while self._messages and (feed := self._next_feed()):
            feed.give(self._messages.popleft())
            self._drop_expired()

    def _drop_expired(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._messages and (end := self._messages[0].expires_at) and end <= now:
            self._messages.popleft()

    def _next_feed(self) -> "InProcessFeed | None":
        """In turn; with a single active consumer the oldest alone."""
        if self.spec.single_active:
            return self._feeds[0] if self._feeds and self._feeds[0].has_room else None
        for _ in range(len(self._feeds)):
            feed = self._feeds[0]
            self._feeds.rotate(-1)
            if feed.has_room:
                return feed
        return None


class InProcessFeed:
    def __init__(
        self,
        queue: InProcessQueue,
        take: Callable[[Delivery], None],
        prefetch: int | None,
        on_close: Callable[[InProcessQueue], None],
    ) -> None:
        self.queue = queue
        self.is_lost = False
        self._take = take
        self._prefetch = prefetch
        self._on_close = on_close
        self._unanswered: dict[int, Envelope] = {}

    @property
    def has_room(self) -> bool:
        return self._prefetch is None or len(self._unanswered) < self._prefetch

    def give(self, envelope: Envelope) -> None:
        self._unanswered[id(envelope)] = envelope
        self._take(InProcessDelivery(self, envelope))

    def answered(self, envelope: Envelope) -> bool:
        """Whether it was still to be answered."""
        return self._unanswered.pop(id(envelope), None) is not None

    async def stop(self) -> None:
        self.queue.forget(self)
        self.queue.deliver()  # to the next one, where one alone is active

    async def close(self) -> None:
        self.lose()
        self._on_close(self.queue)

    def lose(self) -> None:
        """What was not answered goes to the others, in its old order."""
        self.is_lost = True
        self.queue.forget(self)
        for envelope in reversed(self._unanswered.values()):
            self.queue.put_back(envelope)
        self._unanswered.clear()
        self.queue.deliver()


class InProcessDelivery:
    def __init__(self, feed: InProcessFeed, envelope: Envelope) -> None:
        self.body = envelope.body
        self._feed = feed
        self._envelope = envelope

    @property
    def redeliveries(self) -> int:
        return self._envelope.redeliveries

    @property
    def is_lost(self) -> bool:
        return self._feed.is_lost

    def as_dead_letter(self) -> DeadLetter:
        return DeadLetter(self._envelope.died_in, self._envelope.died_of, self.body)

    async def done(self) -> None:
        if self._feed.answered(self._envelope):
            self._feed.queue.deliver()

    async def bury(self) -> None:
        if self._feed.answered(self._envelope):
            self._feed.queue.bury(self._envelope, reason="rejected")
            self._feed.queue.deliver()

    async def give_back(self) -> None:
        if self._feed.answered(self._envelope):
            self._feed.queue.put_back(self._envelope)
            self._feed.queue.deliver()

    async def give_back_failed(self) -> None:
        if self._feed.answered(self._envelope):
            self._feed.queue.count_failure(self._envelope)
            self._feed.queue.deliver()
