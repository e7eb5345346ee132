"""What this worker holds: every attempt from `generate` until it is forgotten."""

from collections import OrderedDict
from collections.abc import Callable, Iterator

from services.comfyui_worker.attempts import Attempt, CallOff
from shared.messages import AttemptRef, Generate, HeldAttempt

MOST_REMEMBERED = 10_000


class Desk:
    """Pure bookkeeping. `on_change` hears of everything that a heartbeat should tell."""

    def __init__(self) -> None:
        self._held: dict[AttemptRef, Attempt] = {}
        self._by_prompt: dict[str, Attempt] = {}
        self._dropped: OrderedDict[AttemptRef, None] = OrderedDict()
        self._listeners: list[Callable[[], None]] = []
        self.loaded_checkpoint: str | None = None  # by the last prompt that ended

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def changed(self) -> None:
        for listener in self._listeners:
            listener()

    def __iter__(self) -> Iterator[Attempt]:
        """In the order of their arrival."""
        return iter(list(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def take(self, order: Generate) -> Attempt | None:
        """None: a copy of one that is held, or one that was dropped, which is for ever."""
        attempt = Attempt(order, self.changed)
        if attempt.ref in self._held or attempt.ref in self._dropped:
            return None
        self._held[attempt.ref] = attempt
        self._by_prompt[attempt.prompt_id] = attempt
        self.changed()
        return attempt

    def find(self, ref: AttemptRef) -> Attempt | None:
        return self._held.get(ref)

    def of_prompt(self, prompt_id: str) -> Attempt | None:
        return self._by_prompt.get(prompt_id)

    def drop(self, ref: AttemptRef) -> Attempt | None:
        """Remember that it was dropped; None: it is not held."""
        self._dropped[ref] = None
        self._dropped.move_to_end(ref)
        if len(self._dropped) > MOST_REMEMBERED:
            self._dropped.popitem(last=False)
        attempt = self._held.get(ref)
        if attempt is not None:
            attempt.call_off(CallOff.DROPPED, "dropped")
        return attempt

    def was_dropped(self, ref: AttemptRef) -> bool:
        return ref in self._dropped

    def forget(self, attempt: Attempt) -> None:
        if self._held.pop(attempt.ref, None) is not None:
            del self._by_prompt[attempt.prompt_id]
            self.changed()

    def listed(self) -> tuple[HeldAttempt, ...]:
        return tuple(attempt.held() for attempt in self._held.values())
