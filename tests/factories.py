"""Valid rows for tests, committed: a user, a token, a job in any status, content, a worker.

Whatever is not given is made up. A completed job brings its content, a running one its worker's
name; each job has the events that led to its status (and no outbox rows: nothing is to be told).
"""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func
from uuid_utils.compat import uuid7

from shared.auth import new_token, token_sha256
from shared.db.engine import Sessions
from shared.db.tables import ApiToken, ContentItem, Job, JobEvent, User, Worker
from shared.jobs import FINAL, JobStatus, JobType

_numbers = itertools.count(1)

PARAMS = {"workflow": "solid_color", "width": 64, "height": 64, "color": 255}
ERROR = {
    "code": "execution_error",
    "message": "the sampler gave up",
    "node_id": "3",
    "node_type": "KSampler",
    "retryable": True,
}
_PATHS: dict[JobStatus, list[str]] = {
    JobStatus.PENDING: ["job.created"],
    JobStatus.RUNNING: ["job.created", "job.running"],
    JobStatus.COMPLETED: ["job.created", "job.running", "job.completed"],
    JobStatus.FAILED: ["job.created", "job.running", "job.failed"],
    JobStatus.CANCELLED: ["job.created", "job.cancelled"],
}


@dataclass(frozen=True)
class Token:
    id: UUID
    token: str
    user: User

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def make_user(sessions: Sessions, **columns: Any) -> User:
    user = User(**{"id": uuid7(), "name": f"user-{next(_numbers)}"} | columns)
    async with sessions.begin() as session:
        session.add(user)
    return user


async def make_token(sessions: Sessions, user: User | None = None, *, name: str = "test") -> Token:
    owner = user or await make_user(sessions)
    token = new_token()
    row = ApiToken(id=uuid7(), user_id=owner.id, name=name, token_sha256=token_sha256(token))
    async with sessions.begin() as session:
        session.add(row)
    return Token(row.id, token, owner)


async def make_job(
    sessions: Sessions,
    user: User | None = None,
    *,
    status: JobStatus = JobStatus.PENDING,
    **columns: Any,
) -> Job:
    owner_id = user.id if user else columns.pop("user_id", None) or (await make_user(sessions)).id
    job = Job(**_job_columns(status) | {"user_id": owner_id, "status": status} | columns)
    if status == JobStatus.COMPLETED and job.content_id is None:
        job.content_id = (await make_content(sessions, user_id=owner_id, job_id=job.id)).id
    path = _PATHS[status]
    job.version = len(path)
    async with sessions.begin() as session:
        session.add(job)
        await session.flush()
        for version, event in enumerate(path, start=1):
            holder = job.worker_id if event != "job.created" else None
            session.add(
                JobEvent(
                    job_id=job.id,
                    version=version,
                    type=event,
                    attempt=job.attempt,
                    worker_id=holder,
                    detail=job.error if event == "job.failed" else None,
                )
            )
    return job


def _job_columns(status: JobStatus) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "id": uuid7(),
        "job_type": JobType.IMAGE,
        "prompt": f"a red door, number {next(_numbers)}",
        "params": dict(PARAMS),
        "attempt": 1,
    }
    if status in (JobStatus.RUNNING, JobStatus.COMPLETED, JobStatus.FAILED):
        columns |= {
            "worker_id": "gpu-1",
            "started_at": func.now(),
            "assigned_at": func.now(),
        }
    if status == JobStatus.RUNNING:
        columns |= {"lease_expires_at": func.now() + timedelta(seconds=60)}
    if status == JobStatus.FAILED:
        columns |= {"error": dict(ERROR), "failures": 1}
    if status in FINAL:
        columns |= {"finished_at": func.now()}
    return columns


async def make_content(
    sessions: Sessions, user: User | None = None, *, data: bytes | None = None, **columns: Any
) -> ContentItem:
    """A row only. `data`: the bytes that its sha256 and size tell of (put them in a store)."""
    owner_id = user.id if user else columns.pop("user_id", None) or (await make_user(sessions)).id
    bytes_told_of = data if data is not None else f"image {next(_numbers)}".encode()
    sha256 = hashlib.sha256(bytes_told_of).hexdigest()
    fields = {
        "user_id": owner_id,
        "job_id": None,
        "content_type": JobType.IMAGE,
        "title": "a red door",
        "prompt": "a red door",
        "params": dict(PARAMS),
        "storage_key": f"jobs/{columns.get('job_id') or uuid4()}/1/{sha256}.png",
        "mime_type": "image/png",
        "byte_size": len(bytes_told_of),
        "sha256": sha256,
        "width": 64,
        "height": 64,
    }
    item = ContentItem(**fields | columns)
    async with sessions.begin() as session:
        session.add(item)
    return item


async def make_worker(
    sessions: Sessions,
    worker_id: str | None = None,
    *,
    silent_for: timedelta = timedelta(0),
    **columns: Any,
) -> Worker:
    """Live unless `silent_for` says otherwise; accepting, and able to do nothing in particular."""
    fields = {
        "id": worker_id or f"gpu-{next(_numbers)}",
        "instance_id": uuid4(),
        "seq": 1,
        "last_seen_at": func.now() - silent_for,
        "accepting": True,
        "reason": None,
        "ahead": 2,
        "offers": {},
        "has": [],
        "reads": ["generate/1", "go/1", "drop/1", "yours/1"],
        "comfyui": {"url": "http://127.0.0.1:8188", "version": "0.3.0", "simulated": False},
    }
    worker = Worker(**fields | columns)
    async with sessions.begin() as session:
        session.add(worker)
    return worker
