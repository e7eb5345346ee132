"""Which of the first eight jobs a worker gets."""

from uuid import UUID, uuid4

from services.dispatcher.assign import MOST_OVERTAKINGS, Candidate, Room, choose


def room(loaded: str | None, overtakings: int = 0) -> Room:
    return Room("gpu-1", has=[], free=1, loaded_checkpoint=loaded, overtakings=overtakings)


def jobs(*checkpoints: str) -> list[Candidate]:
    return [Candidate(uuid4(), 1, checkpoint) for checkpoint in checkpoints]


def chosen(candidates: list[Candidate], at: Room) -> tuple[UUID, int]:
    candidate, overtakings = choose(candidates, at)
    return candidate.job_id, overtakings


def test_the_first_is_taken_where_nothing_is_loaded() -> None:
    waiting = jobs("a", "b")
    assert chosen(waiting, room(None)) == (waiting[0].job_id, 0)


def test_a_loaded_checkpoint_lets_a_job_pass() -> None:
    waiting = jobs("a", "b", "a")
    assert chosen(waiting, room("b")) == (waiting[1].job_id, 1)


def test_the_first_is_no_overtaking_when_it_fits() -> None:
    waiting = jobs("b", "b")
    assert chosen(waiting, room("b", overtakings=3)) == (waiting[0].job_id, 0)


def test_nobody_is_overtaken_more_than_four_times_running() -> None:
    waiting = jobs("a", "b")
    assert chosen(waiting, room("b", overtakings=MOST_OVERTAKINGS)) == (waiting[0].job_id, 0)
