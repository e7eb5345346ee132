"""How long to wait before trying again."""

from collections.abc import Iterator


def growing(first: float, longest: float, *, factor: float = 2.0) -> Iterator[float]:
    """Seconds, for ever."""
    pause = first
    while True:
        yield min(pause, longest)
        pause = min(pause * factor, longest)
