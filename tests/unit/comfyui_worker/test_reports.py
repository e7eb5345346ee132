"""A report is tried until it arrives, and an outage is one line of the log."""

import asyncio
from dataclasses import replace

from structlog.testing import capture_logs

from services.comfyui_worker.reports import Reports
from services.comfyui_worker.settings import Timing
from shared.bus.base import REPORT_QUEUE
from shared.bus.in_process import InProcessBus
from shared.jobs import FailureCode, JobId
from shared.messages import Claim, Failed
from tests.contracts.bus_parts import Received
from tests.infrastructure.waiting import until
from tests.unit.comfyui_worker.orders import order

TIMING = replace(Timing(), longest_backoff=0.01)


def failure() -> Failed:
    job_id = JobId(order().job_id)
    return Failed(
        worker_id="gpu-1", job_id=job_id, attempt=1, code=FailureCode.LOST, message="gone"
    )


async def test_however_many_reports_are_tried_an_outage_is_said_once_and_its_end_too() -> None:
    received: Received[Claim | Failed] = Received()

    with capture_logs() as logs:
        async with InProcessBus() as bus:
            reports = Reports(bus, "gpu-1", TIMING)
            sending = [asyncio.ensure_future(reports.confirmed(failure())) for _ in range(3)]
            await until(lambda: any(line["event"] == "reports.held_up" for line in logs))
            await asyncio.wait(sending, timeout=0.1)  # each of them is tried again
            async with bus.subscribe(REPORT_QUEUE, received):
                await asyncio.gather(*sending)
                await received.until(3)

    events = [line["event"] for line in logs if line["event"].startswith("reports.")]
    assert events == ["reports.held_up", "reports.sent_again"]
