"""Apply what workers, and content, report of an attempt. A copy changes nothing."""

from dataclasses import dataclass

import structlog

from services.dispatcher.claims import Claims
from services.dispatcher.failures import apply_failure
from services.dispatcher.settings import Timing
from services.dispatcher.wake import Wake
from shared.db.engine import Sessions, transaction
from shared.log import of_job
from shared.messages import Claim, Failed

log = structlog.get_logger()


@dataclass(frozen=True)
class Reports:
    sessions: Sessions
    claims: Claims
    wake: Wake
    timing: Timing

    async def take(self, report: Claim | Failed) -> None:
        match report:
            case Claim():
                await self.claims.answer(report)
            case Failed():
                await self._apply(report)

    async def _apply(self, report: Failed) -> None:
        with structlog.contextvars.bound_contextvars(
            **of_job(report.job_id, trace_id=report.trace_id, attempt=report.attempt)
        ):
            async with transaction(self.sessions) as session:
                applied = await apply_failure(session, report, self.timing)
            if applied:
                self.wake.all()
            else:
                log.info("report.stale", code=report.code, worker_id=report.worker_id)
