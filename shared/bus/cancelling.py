"""Whether somebody cancelled this task; the error that it meets does not tell.

aiormq raises CancelledError in tasks that nobody cancelled, where a connection is lost. And who is
cancelled in the middle of connecting may get the connection's own error instead.
"""

import asyncio


class Cancelling:
    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._before = self._task.cancelling() if self._task else 0

    def check(self, error: BaseException) -> None:
        """Raises CancelledError where `error` hides, or is, a cancellation since we began."""
        if self._task and self._task.cancelling() > self._before:
            raise asyncio.CancelledError from error
