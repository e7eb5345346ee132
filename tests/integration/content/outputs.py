"""Outputs as a worker stores and reports them."""

import hashlib
from typing import Any

from shared.jobs import JobId
from shared.media import MediaStore, output_key
from shared.messages import Output
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
