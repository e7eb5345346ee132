"""Named places between two steps that a kill must not tear apart: `await reached("…")`.

Nothing happens there, unless a test says so: in its own process with `killing_at`, in a child
process with DARKROOM_FAILPOINT, which has the child kill itself when it gets there.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_fatal_in_this_process = os.environ.get("DARKROOM_FAILPOINT")
_fatal_in_this_test: set[str] = set()


class Killed(BaseException):
    """What a test has instead of SIGKILL: no `except` for errors catches it."""


async def reached(name: str) -> None:
    if name == _fatal_in_this_process:
        os.kill(os.getpid(), signal.SIGKILL)
    if name in _fatal_in_this_test:
        raise Killed(name)


@contextmanager
def killing_at(name: str) -> Iterator[None]:
    """For tests: whoever reaches `name` meanwhile gets no further."""
    _fatal_in_this_test.add(name)
    try:
        yield
    finally:
        _fatal_in_this_test.discard(name)
