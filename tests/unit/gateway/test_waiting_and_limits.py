"""How long a client prefers to wait, and how long a count of its jobs can be trusted."""

import pytest

from gateway.generation_jobs.final_waiters import LONGEST_SECONDS as LONGEST_WAIT
from gateway.generation_jobs.final_waiters import preferred_seconds
from gateway.generation_jobs.limits import CLOSE, FASTEST_PER_SECOND, serves_seconds


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=30", 30),
        ("Wait = 5", 5),
        ('wait="7"', 7),
        ("respond-async, wait=9", 9),
        ("return=minimal; foo=1, wait=3", 3),
        ("wait=99999", LONGEST_WAIT),
        ("wait=0", 0),
        ("wait=-5", 0),
        ("wait=1.5", 0),
        ("wait=x", 0),
        ("await=5", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_a_preference_is_understood_or_passed_over(prefer: str | None, seconds: int) -> None:
    assert preferred_seconds(prefer) == seconds


@pytest.mark.parametrize("room", [-5, 0, 1, CLOSE])
def test_close_to_the_limit_no_count_is_trusted(room: int) -> None:
    assert serves_seconds(room=room) == 0


@pytest.mark.parametrize("room", [CLOSE + 1, 1000, 100_000, 10**9])
def test_a_count_is_trusted_no_longer_than_the_room_could_last(room: int) -> None:
    assert 0 < serves_seconds(room=room) * FASTEST_PER_SECOND <= room - CLOSE
