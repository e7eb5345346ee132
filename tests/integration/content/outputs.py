"""Outputs as a worker stores and reports them."""

import hashlib
from typing import Any

from shared.bus.base import Bus
from shared.errors import Unavailable
from shared.jobs import JobId
from shared.media import MediaStore, output_key
from shared.messages import Output
from tests.infrastructure.waiting import until
from tests.unit.content.pictures import picture


def report_of(job_id: Any, data: bytes, *, attempt: int = 1, **fields: Any) -> Output:
    sha256 = hashlib.sha256(data).hexdigest()
    said = {
        "worker_id": "gpu-1",
        "job_id": job_id,
        "attempt": attempt,
        "storage_key": output_key(JobId(job_id), attempt, sha256, "png"),
        "byte_size": len(data),
        "sha256": sha256,
        "params": {"workflow": "solid_color", "seed": 4711},
    }
    return Output(**said | fields)


async def stored_output(
    media: MediaStore, job_id: Any, *, data: bytes | None = None, attempt: int = 1, **fields: Any
) -> Output:
    data = picture() if data is None else data
    report = report_of(job_id, data, attempt=attempt, **fields)
    await media.put(report.storage_key, data, mime_type="image/png")
    return report


async def deliver(bus: Bus, output: Output) -> None:
    """Wait until a content service has declared its queue."""

    async def is_taken() -> bool:
        try:
            await bus.publish(output)
        except Unavailable:
            return False
        return True

    await until(is_taken, within=60, what="the output is taken")
