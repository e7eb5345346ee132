"""The table of failure codes, row by row, and what holds for every history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatcher.settings import Timing
from services.dispatcher.verdicts import GiveUp, History, Retry, judge
from shared.jobs import FailureCode, JobId
from shared.messages import Failed

TIMING = Timing()
FRESH = History(failures=0, max_failures=3, times_with_this_code=0)


def report(code: FailureCode, **facts: bool) -> Failed:
    return Failed(
        worker_id="gpu-1", job_id=JobId(uuid4()), attempt=1, code=code, message="…", **facts
    )


@pytest.mark.parametrize("code", ["refused", "execution_error", "timed_out", "bad_image"])
def test_what_would_fail_again_fails_at_once(code: str) -> None:
    assert isinstance(judge(report(FailureCode(code)), FRESH, TIMING), GiveUp)


@pytest.mark.parametrize("code", ["lost", "output_missing", "torn_image", "undeliverable"])
def test_what_happened_in_comfyui_is_counted_and_paused_longer_each_time(code: str) -> None:
    verdicts = [
        judge(report(FailureCode(code)), History(failures, 3, 0), TIMING) for failures in range(3)
    ]
    assert verdicts[:2] == [
        Retry(counted=True, pause=timedelta(seconds=5)),
        Retry(counted=True, pause=timedelta(seconds=10)),
    ]
    assert verdicts[2] == GiveUp(retryable=True)


def test_out_of_memory_gets_one_retry() -> None:
    oom = report(FailureCode.OUT_OF_MEMORY)
    assert isinstance(judge(oom, FRESH, TIMING), Retry)
    assert isinstance(judge(oom, History(1, 3, times_with_this_code=1), TIMING), GiveUp)


def test_an_interruption_by_hand_is_forgiven_twice() -> None:
    interrupted = report(FailureCode.INTERRUPTED_IN_COMFYUI)
    for times in (0, 1):
        assert judge(interrupted, History(0, 3, times), TIMING) == Retry(False, timedelta(0))
    assert isinstance(judge(interrupted, History(0, 3, 2), TIMING), GiveUp)


@pytest.mark.parametrize("code", ["handed_back", "worker_silent", "taken_back"])
def test_what_is_not_the_jobs_fault_is_never_counted(code: str) -> None:
    weary = History(failures=2, max_failures=3, times_with_this_code=19)
    assert judge(report(FailureCode(code)), weary, TIMING) == Retry(False, timedelta(0))


@pytest.mark.parametrize("code", ["device_error", "unreachable"])
@pytest.mark.parametrize("seen_running", [True, False])
@pytest.mark.parametrize("previous_succeeded", [True, False])
def test_a_broken_device_counts_only_against_the_job_that_may_have_broken_it(
    code: str, seen_running: bool, previous_succeeded: bool
) -> None:
    broken = report(
        FailureCode(code), seen_running=seen_running, previous_succeeded=previous_succeeded
    )
    verdict = judge(broken, FRESH, TIMING)
    assert isinstance(verdict, Retry)
    assert verdict.counted == (seen_running and previous_succeeded)


def test_a_comfyui_that_fails_everything_ends_no_job() -> None:
    failing = report(FailureCode.EXECUTION_ERROR, ailing=True)
    assert judge(failing, FRESH, TIMING) == Retry(counted=False, pause=TIMING.ailing_pause)
    assert isinstance(judge(report(FailureCode.REFUSED, ailing=True), FRESH, TIMING), GiveUp)


@given(
    st.sampled_from(FailureCode), st.booleans(), st.booleans(), st.booleans(),
    st.integers(0, 50), st.integers(1, 10), st.integers(0, 50),
)  # fmt: skip
def test_counted_failures_always_end(
    code: FailureCode,
    running: bool,
    before: bool,
    ailing: bool,
    failures: int,
    most: int,
    same: int,
) -> None:
    facts = {"seen_running": running, "previous_succeeded": before, "ailing": ailing}
    verdict = judge(report(code, **facts), History(failures, most, same), TIMING)
    if isinstance(verdict, Retry) and verdict.counted:
        assert failures + 1 < most
        assert timedelta(0) < verdict.pause <= TIMING.longest_pause
