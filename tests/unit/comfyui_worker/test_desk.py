"""What is held, what is ignored, what is forgotten."""

from services.comfyui_worker.attempts import Stage
from services.comfyui_worker.desk import MOST_REMEMBERED, Desk
from shared.messages import AttemptRef
from tests.unit.comfyui_worker.orders import order


def test_a_copy_is_not_taken_and_another_attempt_is() -> None:
    desk, first = Desk(), order()

    assert desk.take(first) is not None
    assert desk.take(first) is None
    assert desk.take(first.model_copy(update={"attempt": 2})) is not None
    assert len(desk) == 2


def test_a_drop_is_for_ever_and_only_for_that_attempt() -> None:
    desk, first = Desk(), order()
    ref = AttemptRef(job_id=first.job_id, attempt=1)

    assert desk.drop(ref) is None
    assert desk.take(first) is None
    assert desk.take(first.model_copy(update={"attempt": 2})) is not None


def test_what_failed_is_taken_again_for_its_report_may_have_been_lost() -> None:
    desk, first = Desk(), order()
    held = desk.take(first)
    assert held is not None

    desk.forget(held)
    desk.forget(held)

    assert desk.take(first) is not None


def test_a_dropped_one_is_called_off() -> None:
    desk, first = Desk(), order()
    held = desk.take(first)
    assert held is not None

    assert desk.drop(held.ref) is held
    assert held.is_dropped


def test_it_is_found_by_its_prompt_until_it_is_forgotten() -> None:
    desk = Desk()
    held = desk.take(order())
    assert held is not None

    assert desk.of_prompt(held.prompt_id) is held
    desk.forget(held)
    assert desk.of_prompt(held.prompt_id) is None
    assert desk.find(held.ref) is None


def test_the_memory_of_drops_is_bounded() -> None:
    desk, first = Desk(), order()
    ref = AttemptRef(job_id=first.job_id, attempt=1)
    desk.drop(ref)
    for attempt in range(2, MOST_REMEMBERED + 2):
        desk.drop(AttemptRef(job_id=first.job_id, attempt=attempt))

    assert not desk.was_dropped(ref)
    assert desk.was_dropped(AttemptRef(job_id=first.job_id, attempt=2))


def test_every_change_is_told() -> None:
    desk, changes = Desk(), list[str]()
    desk.on_change(lambda: changes.append("changed"))

    held = desk.take(order())
    assert held is not None
    held.move(Stage.GRANTED)
    held.see_running(1.0)
    held.see_running(2.0)
    desk.forget(held)

    assert len(changes) == 4
