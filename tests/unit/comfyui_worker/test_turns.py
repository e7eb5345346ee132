"""First come, first served, and never more than there is room for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.room import NO_ROOM, ONE_AT_A_TIME, Room, room_for
from services.comfyui_worker.turns import next_to_ask, next_to_enter
from tests.unit.comfyui_worker.orders import attempt

USUAL = room_for(2)


def many(*stages: Stage) -> list[Attempt]:
    return [attempt(stage) for stage in stages]


def test_the_first_two_ask_while_nobody_answers() -> None:
    held = many(*[Stage.WAITING] * 4)
    assert next_to_ask(held, USUAL) == held[:2]
    held[0].stage = held[1].stage = Stage.ASKING
    assert next_to_ask(held, USUAL) == []


def test_one_is_claimed_ahead_of_the_two_in_comfyui() -> None:
    held = many(Stage.IN_COMFYUI, Stage.IN_COMFYUI, Stage.WAITING, Stage.WAITING)
    assert next_to_ask(held, USUAL) == [held[2]]
    held[2].stage = Stage.GRANTED
    assert next_to_ask(held, USUAL) == []
    assert next_to_enter(held, USUAL) == []


def test_what_has_ended_or_is_stored_needs_no_place() -> None:
    held = many(Stage.ENDED, Stage.STORED, Stage.STORED, Stage.GRANTED, Stage.GRANTED)
    assert next_to_enter(held, USUAL) == held[3:]


def test_what_is_being_ended_keeps_its_place_until_it_is_gone() -> None:
    leaving = attempt(Stage.LEAVING, touched=True)
    never_there = attempt(Stage.LEAVING)
    held = [leaving, never_there, *many(Stage.IN_COMFYUI, Stage.GRANTED)]
    assert next_to_enter(held, USUAL) == []
    leaving.touched = False
    assert next_to_enter(held, USUAL) == [held[3]]


def test_what_an_earlier_instance_left_there_asks_first() -> None:
    held = many(*[Stage.WAITING] * 3)
    held[2].was_there = True
    assert next_to_ask(held, USUAL) == [held[2], held[0]]


def test_a_place_is_given_once() -> None:
    held = many(Stage.GRANTED, Stage.GRANTED, Stage.GRANTED)
    for one in next_to_enter(held, USUAL):
        one.may_enter.set()
    assert [one.may_enter.is_set() for one in held] == [True, True, False]
    assert next_to_enter(held, USUAL) == []


def test_without_room_nobody_moves() -> None:
    held = many(Stage.WAITING, Stage.GRANTED)
    assert next_to_ask(held, NO_ROOM) == []
    assert next_to_enter(held, NO_ROOM) == []


def test_an_ailing_comfyui_gets_one_at_a_time() -> None:
    held = many(Stage.WAITING, Stage.WAITING)
    assert next_to_ask(held, ONE_AT_A_TIME) == [held[0]]
    held[0].stage = Stage.IN_COMFYUI
    assert next_to_ask(held, ONE_AT_A_TIME) == []


def test_a_worker_with_quick_jobs_asks_further_ahead() -> None:
    assert room_for(0) == room_for(2) == Room(places=2, ahead=1, unanswered=2)
    assert room_for(40).ahead == 10


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(Stage), max_size=12), st.integers(0, 40))
def test_there_are_never_more_than_there_is_room_for(stages: list[Stage], ahead: int) -> None:
    room, held = room_for(ahead), many(*stages)
    before = sum(one.stage in (Stage.ENTERING, Stage.IN_COMFYUI) for one in held)
    for one in next_to_enter(held, room):
        one.stage = Stage.ENTERING
    for one in next_to_ask(held, room):
        one.stage = Stage.ASKING

    in_comfyui = sum(one.stage in (Stage.ENTERING, Stage.IN_COMFYUI) for one in held)
    asking = sum(one.stage is Stage.ASKING for one in held)
    assert in_comfyui <= max(room.places, before)
    assert asking <= max(room.unanswered, sum(stage is Stage.ASKING for stage in stages))
