"""A ComfyUI that fails everything gets one job at a time, after a growing pause."""

from dataclasses import dataclass, field
from datetime import datetime

from services.comfyui_worker.failures import AttemptFailed
from shared.jobs import FailureCode, JobId

FAILURES_IN_A_ROW = 3  # of different jobs

# What says nothing about the health of ComfyUI …
_NO_SIGN = {FailureCode.HANDED_BACK, FailureCode.INTERRUPTED_IN_COMFYUI, FailureCode.BAD_IMAGE}
# … and what does so only of the prompt that ran: those behind it went down with it.
_A_SIGN_IF_IT_RAN = {FailureCode.UNREACHABLE, FailureCode.LOST}


@dataclass
class Breaker:
    """Pure: `now` is loop time, `clock` what people read."""

    first_pause: float
    longest_pause: float
    previous_succeeded: bool = False
    _failed_in_a_row: set[JobId] = field(default_factory=set)
    _since: datetime | None = None  # of the first failure in the row
    _pause: float = 0.0  # > 0: ailing
    _next_try: float = 0.0
    _words: str = ""

    @property
    def ailing(self) -> bool:
        return self._pause > 0

    def may_try(self, now: float) -> bool:
        return now >= self._next_try

    def seconds_to_next_try(self, now: float) -> float:
        return max(0.0, self._next_try - now)

    def succeeded(self) -> None:
        self.previous_succeeded = True
        self._failed_in_a_row.clear()
        self._since, self._pause, self._next_try = None, 0.0, 0.0

    def failed(
        self, job_id: JobId, failure: AttemptFailed, *, ran: bool, now: float, clock: datetime
    ) -> None:
        if failure.code in _NO_SIGN or (failure.code in _A_SIGN_IF_IT_RAN and not ran):
            return
        self.previous_succeeded = False
        self._failed_in_a_row.add(job_id)
        self._since = self._since or clock
        self._words = failure.complaint.message.splitlines()[0][:200]
        if self.ailing:
            self._pause = min(self._pause * 2, self.longest_pause)
        elif self._is_enough(failure):
            self._pause = self.first_pause
        self._next_try = now + self._pause

    def _is_enough(self, failure: AttemptFailed) -> bool:
        many = len(self._failed_in_a_row) >= FAILURES_IN_A_ROW
        return many or failure.code is FailureCode.DEVICE_ERROR

    def reason(self, worker_id: str) -> str | None:
        if not self.ailing or self._since is None:
            return None
        return f"{worker_id} fails every job since {self._since:%H:%M} UTC: {self._words}"
