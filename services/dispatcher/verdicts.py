"""What follows from a failed attempt: the table of failure codes, as one pure function.

refused, execution_error, timed_out, bad_image     failed at once
out_of_memory                                      counted, one retry
lost, output_missing, torn_image, undeliverable    counted
device_error, unreachable                          counted only if this job may be the cause
handed_back, worker_silent, taken_back             not counted
interrupted_in_comfyui                             not counted; failed at the third
any but a refusal, from a ComfyUI that fails everything: not counted
"""

from dataclasses import dataclass
from datetime import timedelta

from services.dispatcher.settings import Timing
from shared.jobs import FailureCode as Code
from shared.messages import Failed

PERMANENT = {Code.REFUSED, Code.EXECUTION_ERROR, Code.TIMED_OUT, Code.BAD_IMAGE}
COUNTED = {Code.LOST, Code.OUTPUT_MISSING, Code.TORN_IMAGE, Code.UNDELIVERABLE, Code.OUT_OF_MEMORY}
PERHAPS_THE_CAUSE = {Code.DEVICE_ERROR, Code.UNREACHABLE}
NEVER_THE_WORKERS_FAULT = {Code.REFUSED, Code.BAD_IMAGE, Code.TORN_IMAGE}

MOST_TIMES = {Code.OUT_OF_MEMORY: 2, Code.INTERRUPTED_IN_COMFYUI: 3}
MOST_RUNS = 20


@dataclass(frozen=True)
class History:
    """What the job has been through, before this failure."""

    failures: int
    max_failures: int
    times_with_this_code: int


@dataclass(frozen=True)
class Retry:
    counted: bool
    pause: timedelta


@dataclass(frozen=True)
class GiveUp:
    retryable: bool  # whether the same job might succeed if its owner tries again


def judge(report: Failed, history: History, timing: Timing) -> Retry | GiveUp:
    code = report.code
    if report.ailing and code not in NEVER_THE_WORKERS_FAULT:
        return Retry(counted=False, pause=timing.ailing_pause)
    if code in PERMANENT:
        return GiveUp(retryable=code == Code.TIMED_OUT)
    most_times = MOST_TIMES.get(code)
    if most_times is not None and history.times_with_this_code + 1 >= most_times:
        return GiveUp(retryable=True)
    if not _counts(report):
        return Retry(counted=False, pause=timedelta(0))
    if history.failures + 1 >= history.max_failures:
        return GiveUp(retryable=True)
    pause = min(timing.first_pause * 2**history.failures, timing.longest_pause)
    return Retry(counted=True, pause=pause)


def _counts(report: Failed) -> bool:
    if report.code in PERHAPS_THE_CAUSE:
        return report.seen_running and report.previous_succeeded
    return report.code in COUNTED
