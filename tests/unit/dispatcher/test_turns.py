"""Whose turn it is, and which of the first eight jobs a worker gets."""

from dataclasses import replace
from uuid import UUID, uuid4

from services.dispatcher.turns import MOST_OVERTAKINGS, Candidate, Room, choose, plan

ALICE, BOB, CAROL = uuid4(), uuid4(), uuid4()


def room(loaded: str | None, overtakings: int = 0) -> Room:
    return Room("gpu-1", has=[], free=1, loaded_checkpoint=loaded, overtakings=overtakings)


def jobs(*checkpoints: str) -> list[Candidate]:
    return [Candidate(ALICE, uuid4(), 1, checkpoint) for checkpoint in checkpoints]


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


def worker(worker_id: str = "gpu-1", *, free: int) -> Room:
    return replace(room(None), worker_id=worker_id, free=free)


def job_of(user_id: UUID) -> Candidate:
    return Candidate(user_id, uuid4(), 1, None)


def test_after_each_gift_it_is_every_other_users_turn() -> None:
    waiting = [*(job_of(ALICE) for _ in range(3)), *(job_of(BOB) for _ in range(3)), job_of(CAROL)]
    gifts, _ = plan([worker(free=5)], {"gpu-1": waiting}, most=16)
    assert [gift.job.user_id for gift in gifts] == [ALICE, BOB, CAROL, ALICE, BOB]


def test_the_emptiest_worker_gets_the_next_job() -> None:
    rooms = [worker("gpu-1", free=1), worker("gpu-2", free=3)]
    line = [job_of(ALICE) for _ in range(9)]
    gifts, after = plan(rooms, {"gpu-1": line, "gpu-2": line}, most=16)
    assert [gift.worker_id for gift in gifts] == ["gpu-2", "gpu-2", "gpu-1", "gpu-2"]
    assert {one.worker_id: one.free for one in after} == {"gpu-1": 0, "gpu-2": 0}


def test_no_job_is_given_twice_and_none_where_it_cannot_run() -> None:
    both, only_first = job_of(ALICE), job_of(BOB)
    rooms = [worker("gpu-1", free=2), worker("gpu-2", free=2)]
    gifts, _ = plan(rooms, {"gpu-1": [both, only_first], "gpu-2": [both]}, most=16)
    assert {gift.job for gift in gifts} == {both, only_first}
    assert [gift.worker_id for gift in gifts if gift.job is only_first] == ["gpu-1"]


def test_a_row_of_gifts_counts_its_overtakings() -> None:
    waiting = [Candidate(ALICE, uuid4(), 1, model) for model in "abbbbbbbb"]
    gifts, _ = plan([replace(room("b"), free=9)], {"gpu-1": waiting}, most=16)
    assert "".join(gift.job.checkpoint or "" for gift in gifts) == "bbbbabbbb"


def test_no_more_is_planned_than_asked_for() -> None:
    gifts, after = plan([worker(free=9)], {"gpu-1": [job_of(ALICE) for _ in range(9)]}, most=4)
    assert len(gifts) == 4
    assert [one.free for one in after] == [5]
