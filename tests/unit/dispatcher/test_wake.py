"""When a loop is woken, and whether other dispatchers have to hear of it."""

from services.dispatcher.wake import Bell, Wake


def test_an_answered_bell_is_silent_until_it_rings_again() -> None:
    bell = Bell()
    bell.ring()
    bell.answer()
    assert not bell.rung.is_set()


def test_news_stays_news_when_others_ring_after_it() -> None:
    bell = Bell()
    bell.ring(news=True)
    bell.ring()
    assert bell.answer()
    assert not bell.answer()


def test_what_every_dispatcher_hears_is_no_news() -> None:
    wake = Wake()
    wake.hear()
    assert wake.relay.rung.is_set()
    assert wake.assign.rung.is_set()
    assert not wake.relay.answer()


def test_what_was_committed_here_is_news_to_both_loops() -> None:
    wake = Wake()
    wake.all()
    assert wake.relay.answer()
    assert wake.assign.answer()
