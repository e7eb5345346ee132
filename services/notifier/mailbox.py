"""What one client has still to be sent: bounded, and never anybody else's problem."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

LENGTH = 256  # frames
SIZE = 16 << 20  # characters, beyond the first frame
PROGRESS_UP_TO = 32  # frames; a client that is further behind gets no progress

POLICY, TRY_AGAIN, REVOKED = 1008, 1013, 4401


@dataclass(frozen=True)
class Close:
    code: int
    reason: str


TOO_SLOW = Close(TRY_AGAIN, "you read too slowly")


class Mailbox:
    """`send_now` writes a frame at once where that is possible, and says whether it was."""

    def __init__(self, send_now: Callable[[str], bool]) -> None:
        self._send_now = send_now
        self._is_awaited = False  # all frames were sent, and the sender waits for the next
        self._frames: deque[str] = deque()
        self._size = 0
        self._close: Close | None = None
        self._something = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        return self._close is not None

    def put(self, frame: str) -> None:
        """One too many closes it: the client comes back to a snapshot."""
        if self._close is not None:
            return
        if self._is_awaited and not self._frames and self._send_now(frame):
            return
        if self._frames and (len(self._frames) >= LENGTH or self._size + len(frame) > SIZE):
            self.close(TOO_SLOW)
            return
        self._frames.append(frame)
        self._size += len(frame)
        self._something.set()

    def put_progress(self, frame: str) -> None:
        """Lost by a client that is behind."""
        if len(self._frames) < PROGRESS_UP_TO:
            self.put(frame)

    def close(self, close: Close) -> None:
        """Instead of what was still to be sent. The first reason stands."""
        self._frames.clear()
        self.close_after_all(close)

    def close_after_all(self, close: Close) -> None:
        self._close = self._close or close
        self._something.set()

    async def next(self) -> str | Close:
        while not self._frames:
            if self._close is not None:
                return self._close
            self._something.clear()
            self._is_awaited = True
            await self._something.wait()
            self._is_awaited = False
        frame = self._frames.popleft()
        self._size -= len(frame)
        return frame
