"""Silence counts only while we listened."""

from services.dispatcher.reaper import Attention
from services.dispatcher.settings import Timing

TIMING = Timing()


def attention_ticking_until(seconds: float) -> Attention:
    attention = Attention.begun(TIMING, now=0)
    for second in range(1, int(seconds) + 1):
        attention.tick(now=second)
    return attention


def test_nothing_is_taken_back_for_one_lease_after_the_start() -> None:
    attention = attention_ticking_until(59)
    assert not attention.may_take_back(now=59.9)
    assert attention.may_take_back(now=60)


def test_a_reconnect_starts_the_lease_again() -> None:
    attention = attention_ticking_until(100)
    attention.interrupt(now=100)
    assert not attention.may_take_back(now=159)
    assert attention.may_take_back(now=160)


def test_a_late_tick_means_that_we_were_frozen() -> None:
    attention = attention_ticking_until(100)
    attention.tick(now=110)
    assert not attention.may_take_back(now=169)
    assert attention.may_take_back(now=170)


def test_a_tick_that_is_only_a_little_late_is_none() -> None:
    attention = attention_ticking_until(100)
    attention.tick(now=109.9)
    assert attention.may_take_back(now=110)
