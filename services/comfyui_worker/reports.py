"""What this worker reports, and how insistently."""

import asyncio

import structlog

from services.comfyui_worker.attempts import Attempt
from services.comfyui_worker.failures import AttemptFailed
from services.comfyui_worker.pauses import growing
from services.comfyui_worker.settings import Timing
from shared.bus.base import Bus
from shared.errors import Unavailable
from shared.messages import Claim, Failed, Message, Progress

log = structlog.get_logger()

FIRST_PAUSE = 0.25
PROGRESS_APART = 0.2  # seconds, for one job


class Reports:
    def __init__(self, bus: Bus, worker_id: str, timing: Timing) -> None:
        self._bus = bus
        self._worker_id = worker_id
        self._timing = timing
        self._is_held_up = False  # and the log says so

    async def claim(self, attempt: Attempt) -> None:
        """Tried once: it is repeated anyway until it is answered."""
        claim = Claim(
            worker_id=self._worker_id,
            job_id=attempt.ref.job_id,
            attempt=attempt.ref.attempt,
            claim_id=attempt.claim_id,
            trace_id=attempt.order.trace_id,
        )
        try:
            await self._bus.publish(claim)
        except Unavailable as outage:
            self._say_held_up(str(outage))
        else:
            self._say_sent()

    async def failed(
        self, attempt: Attempt, failure: AttemptFailed, *, previous_succeeded: bool, ailing: bool
    ) -> None:
        """Both of them as they were before this failure."""
        await self.confirmed(
            Failed(
                worker_id=self._worker_id,
                job_id=attempt.ref.job_id,
                attempt=attempt.ref.attempt,
                code=failure.code,
                message=failure.complaint.message,
                node_id=failure.complaint.node_id,
                node_type=failure.complaint.node_type,
                seen_running=attempt.ran,
                previous_succeeded=previous_succeeded,
                ailing=ailing,
                trace_id=attempt.order.trace_id,
            )
        )

    async def confirmed(self, message: Message) -> None:
        """Returns when the broker has it, however long that takes."""
        for pause in growing(FIRST_PAUSE, self._timing.longest_backoff):
            try:
                await self._bus.publish(message)
            except Unavailable as outage:
                self._say_held_up(str(outage))
            else:
                self._say_sent()
                return
            await asyncio.sleep(pause)
            await self._bus.until_connected()

    def _say_held_up(self, reason: str) -> None:
        if not self._is_held_up:
            self._is_held_up = True
            log.warning("reports.held_up", reason=reason)

    def _say_sent(self) -> None:
        if self._is_held_up:
            self._is_held_up = False
            log.info("reports.sent_again")

    async def progress(self, attempt: Attempt) -> None:
        """Now and then: newest wins, and nobody looks five times a second."""
        now = asyncio.get_running_loop().time()
        tracker = attempt.tracker
        if tracker is None or attempt.progress is None:
            return
        if now - attempt.progress_told_at < PROGRESS_APART:
            return
        attempt.progress_told_at = now
        progress = Progress(
            job_id=attempt.ref.job_id,
            user_id=attempt.order.user_id,
            attempt=attempt.ref.attempt,
            value=attempt.progress,
            step=tracker.step,
            steps=tracker.steps,
            node=tracker.node,
            trace_id=attempt.order.trace_id,
        )
        await self._bus.cast(progress)
