"""Whose turn it is to ask the dispatcher, and to enter ComfyUI: first come, first served."""

import asyncio
import contextlib
from collections.abc import Iterable

from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.health import Health
from services.comfyui_worker.room import Room, room_for

_ON_ITS_WAY = {Stage.ASKING, Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI}
_HAS_OR_GETS_A_PLACE = {Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI}


def next_to_ask(attempts: Iterable[Attempt], room: Room) -> list[Attempt]:
    waiting = []
    unanswered = on_their_way = 0
    for attempt in attempts:
        if attempt.stage is Stage.WAITING:
            waiting.append(attempt)
        elif attempt.stage in _ON_ITS_WAY or _is_leaving(attempt):
            on_their_way += 1
            unanswered += attempt.stage is Stage.ASKING
    free = min(room.places + room.ahead - on_their_way, room.unanswered - unanswered)
    # What an earlier instance left in ComfyUI first: it may be done already.
    waiting.sort(key=lambda attempt: not attempt.was_there)
    return waiting[: max(0, free)]


def next_to_enter(attempts: Iterable[Attempt], room: Room) -> list[Attempt]:
    granted = []
    taken = 0
    for attempt in attempts:
        if attempt.stage is Stage.GRANTED and not attempt.may_enter.is_set():
            granted.append(attempt)
        elif attempt.stage in _HAS_OR_GETS_A_PLACE or _is_leaving(attempt):
            taken += 1
    return granted[: max(0, room.places - taken)]


def _is_leaving(attempt: Attempt) -> bool:
    return attempt.stage is Stage.LEAVING and attempt.touched


class Turns:
    """Gives turns whenever something changed, and when a pause of an ailing ComfyUI is over."""

    def __init__(self, desk: Desk, health: Health, *, worker_ahead: int) -> None:
        self._desk = desk
        self._health = health
        self._usual = room_for(worker_ahead)
        self._wake = asyncio.Event()
        desk.on_change(self._wake.set)
        health.on_change(self._wake.set)

    async def run(self) -> None:
        while True:
            self._wake.clear()
            # Asked before the turns are given: a pause that ends in between is not slept over.
            pause = self._health.seconds_to_next_try()
            self._give()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    def _give(self) -> None:
        room = self._health.room(self._usual)
        for attempt in next_to_ask(self._desk, room):
            attempt.stage = Stage.ASKING
            attempt.may_ask.set()
        for attempt in next_to_enter(self._desk, room):
            attempt.may_enter.set()
