"""What waits to be sent to the broker leaves in one write: a write is a system call, and a packet.

aiormq takes one frame after another from its queue; from this one it takes all that are there.
"""

import asyncio
from collections import deque

from aiormq.abc import ChannelFrame

BYTES_AT_ONCE = 64 * 1024


class FrameQueue(asyncio.Queue[ChannelFrame]):
    """Without a limit: who publishes waits for a confirmation, and who casts for the last one."""

    _queue: deque[ChannelFrame]

    def _get(self) -> ChannelFrame:
        frame = super()._get()
        if _stands_alone(frame):
            return frame
        payloads, size = [frame.payload], len(frame.payload)
        while self._has_another() and size < BYTES_AT_ONCE:
            payloads.append(super()._get().payload)
            size += len(payloads[-1])
        return ChannelFrame(payload=b"".join(payloads), should_close=False)

    def _has_another(self) -> bool:
        return not self.empty() and not _stands_alone(self._queue[0])


def _stands_alone(frame: ChannelFrame) -> bool:
    """Somebody waits until it has left, or it is the last one."""
    return frame.should_close or frame.should_drain
