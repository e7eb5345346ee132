"""Pending -> running -> history, in memory only; an id is in one of them, or nowhere.

Nothing here refuses a second job with the same id: there is no idempotency to rely on."""

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

from deploy.comfyui_simulator.prompts import JsonObject, QueueItem


class PromptQueue:
    def __init__(self, *, changed: Callable[[], None]) -> None:
        self.pending: list[QueueItem] = []
        self.running: QueueItem | None = None
        self.history: dict[str, JsonObject] = {}
        self._changed = changed
        self._arrived = asyncio.Event()

    @property
    def remaining(self) -> int:
        return len(self.pending) + (self.running is not None)

    def put(self, item: QueueItem) -> None:
        """TypeError for a fourth equal item, which is nevertheless in the heap by then."""
        try:
            heapq.heappush(self.pending, item)
        finally:
            self._arrived.set()
        self._changed()

    async def take(self) -> QueueItem:
        """The next item by number; it is running from now on. TypeError: the heap is broken."""
        while not self.pending:
            self._arrived.clear()
            await self._arrived.wait()
        item = heapq.heappop(self.pending).copy()
        self.running = item
        self._changed()
        return item

    def finish(self, entry: JsonObject | None, *, limit: int) -> None:
        """Running -> history at once; None leaves no entry."""
        item = self.running
        self.running = None
        if item is not None and entry is not None:
            self.history.pop(item.prompt_id, None)
            self.history[item.prompt_id] = entry
            while len(self.history) > limit:
                del self.history[next(iter(self.history))]
        self._changed()

    def delete_pending(self, prompt_id: Any) -> None:
        for position, item in enumerate(self.pending):
            if item.prompt_id == prompt_id:
                del self.pending[position]
                heapq.heapify(self.pending)
                self._changed()
                return

    def clear_pending(self) -> None:
        self.pending.clear()
        self._changed()

    def page_of_history(self, max_items: int | None, offset: int) -> dict[str, JsonObject]:
        """The last `max_items`, oldest first; an offset of -1 means "the last ones"."""
        size = len(self.history)
        if offset < 0:
            offset = 0 if max_items is None else max(0, size - max_items)
        end = size if max_items is None else offset + max_items
        return dict(list(self.history.items())[offset : max(offset, end)])
