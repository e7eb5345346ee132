"""When a ComfyUI counts as failing everything, and when it is trusted again."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.comfyui_worker.breaker import Breaker
from services.comfyui_worker.failures import failed
from shared.jobs import FailureCode, JobId

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def breaker() -> Breaker:
    return Breaker(first_pause=10, longest_pause=600)


def fail(
    one: Breaker, code: FailureCode, *, job: JobId | None = None, now: float = 0.0, ran: bool = True
) -> None:
    failure = failed(code, "broken\nnode")
    one.failed(job or JobId(uuid4()), failure, ran=ran, now=now, clock=NOON)


def test_three_failures_in_a_row_of_different_jobs() -> None:
    one = breaker()
    for _ in range(2):
        fail(one, FailureCode.EXECUTION_ERROR)
        assert not one.ailing
    fail(one, FailureCode.EXECUTION_ERROR)
    assert one.ailing
    assert one.reason("gpu-2") == "gpu-2 fails every job since 12:00 UTC: broken"


def test_the_same_job_three_times_is_no_sign() -> None:
    one, job = breaker(), JobId(uuid4())
    for _ in range(5):
        fail(one, FailureCode.OUT_OF_MEMORY, job=job)
    assert not one.ailing
    assert one.reason("gpu-2") is None


def test_a_success_in_between_starts_the_row_anew() -> None:
    one = breaker()
    for _ in range(3):
        fail(one, FailureCode.EXECUTION_ERROR)
        fail(one, FailureCode.EXECUTION_ERROR)
        one.succeeded()
    assert not one.ailing
    assert one.previous_succeeded


def test_one_device_error_is_enough() -> None:
    one = breaker()
    fail(one, FailureCode.DEVICE_ERROR)
    assert one.ailing
    assert not one.previous_succeeded


@pytest.mark.parametrize(
    "code",
    [
        FailureCode.HANDED_BACK,
        FailureCode.INTERRUPTED_IN_COMFYUI,
        FailureCode.BAD_IMAGE,
    ],
)
def test_what_says_nothing_about_comfyui_is_not_counted(code: FailureCode) -> None:
    one = breaker()
    one.succeeded()
    for _ in range(5):
        fail(one, code)
    assert not one.ailing
    assert one.previous_succeeded


@pytest.mark.parametrize("code", [FailureCode.UNREACHABLE, FailureCode.LOST])
@pytest.mark.parametrize("ran", [True, False])
def test_a_comfyui_that_dies_of_every_job_is_ailing_but_those_behind_it_say_nothing(
    code: FailureCode, ran: bool
) -> None:
    one = breaker()
    for _ in range(3):
        fail(one, code, ran=ran)
    assert one.ailing is ran


def test_the_pause_grows_up_to_ten_minutes_until_one_succeeds() -> None:
    one, now, pauses = breaker(), 0.0, []
    for _ in range(9):
        fail(one, FailureCode.DEVICE_ERROR, now=now)
        assert not one.may_try(now)
        pauses.append(one.seconds_to_next_try(now))
        now += pauses[-1]
        assert one.may_try(now)
    one.succeeded()

    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert not one.ailing
    assert one.may_try(0.0)


def test_before_the_first_job_none_has_succeeded() -> None:
    assert not breaker().previous_succeeded
