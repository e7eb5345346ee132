"""From a request to a job: what it means, whether it can be made, and inserted exactly once.

The order matters: a replay of an idempotency key is answered before workflow, models, room and
limits are looked at."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from gateway.discovery.live_workers import LiveWorkers
from gateway.errors import IdempotencyKeyReused
from gateway.generation_jobs.limits import insert_within_limit
from gateway.generation_jobs.queries import NewJob, find_by_key
from gateway.generation_jobs.schemas import JobRequest
from gateway.generation_jobs.views import placed_view
from gateway.metrics import JOBS_ACCEPTED
from gateway.parts import Parts
from shared.auth import Identity
from shared.db.engine import transaction
from shared.errors import Conflict
from shared.jobs import JobStatus, JobType
from shared.views import JobView
from shared.workflows.parameters import Fault
from shared.workflows.requirements import (
    Missing,
    Requirements,
    explain,
    requirements,
    unmet,
    where_asked,
)
from shared.workflows.resolve import InvalidParams
from shared.workflows.values import LARGEST_SAFE_INTEGER
from shared.workflows.workflow import Workflow

NO_WORKER = "no worker is connected now, so nobody has checked that the models exist"


@dataclass(frozen=True)
class Origin:
    """Where a job comes from, besides its request."""

    trace_id: str
    idempotency_key: str | None
    request: bytes  # as received, before defaults and seed
    retry_of: UUID | None = None

    @property
    def request_sha256(self) -> bytes:
        return hashlib.sha256(self.request).digest()


@dataclass(frozen=True)
class Submitted:
    job: JobView
    is_replay: bool


async def submit(parts: Parts, identity: Identity, wanted: JobRequest, origin: Origin) -> Submitted:
    """Raises Invalid, TooManyUnfinished, StorageFull."""
    if (earlier := await replayed(parts, identity, origin)) is not None:
        return earlier
    job = await _understood(parts, identity, wanted, origin)
    await parts.storage_room.check()
    async with parts.limit.room_for_one(identity) as is_ample:
        if is_ample:
            created_at = await parts.group_commit.insert(job)
        else:
            created_at = await insert_within_limit(parts.sessions, job)
    if created_at is None:
        if (winner := await replayed(parts, identity, origin)) is not None:
            return winner
        raise Conflict("the job with this Idempotency-Key was just removed; send it again")
    parts.nudges.nudge()
    JOBS_ACCEPTED.inc()
    return Submitted(_view(job, created_at), is_replay=False)


async def replayed(parts: Parts, identity: Identity, origin: Origin) -> Submitted | None:
    """Raises IdempotencyKeyReused."""
    if origin.idempotency_key is None:
        return None
    async with transaction(parts.sessions) as session:
        earlier = await find_by_key(session, identity.user_id, origin.idempotency_key)
    if earlier is None:
        return None
    if earlier.request_sha256 != origin.request_sha256:
        raise IdempotencyKeyReused("this Idempotency-Key came with another request before")
    return Submitted(await placed_view(parts.positions, earlier), is_replay=True)


async def _understood(
    parts: Parts, identity: Identity, wanted: JobRequest, origin: Origin
) -> NewJob:
    """Raises Invalid, with everything that is wrong."""
    live = await parts.offers.now()
    workflow = parts.workflows.choose(wanted.job_type, wanted.params)
    resolved = workflow.validate(
        wanted.params,
        prompt=wanted.prompt,
        negative_prompt=wanted.negative_prompt,
        draw_seed=draw_seed,
        options=live.options,
    )
    needed = _requirements(workflow, resolved.params)
    if live.are_any:
        refuse_missing(workflow, resolved.params, needed, live)
    return NewJob(
        id=uuid7(),
        user_id=identity.user_id,
        job_type=JobType(wanted.job_type),
        prompt=resolved.prompt,
        negative_prompt=resolved.negative_prompt,
        params=resolved.params,
        needs=needed.needs(),
        tags=list(dict.fromkeys(wanted.tags)),
        priority=wanted.priority,
        timeout_s=workflow.timeout_s,
        warnings=[] if live.are_any else [NO_WORKER],
        retry_of=origin.retry_of,
        idempotency_key=origin.idempotency_key,
        request_sha256=f"\\x{origin.request_sha256.hex()}" if origin.idempotency_key else None,
        trace_id=origin.trace_id,
    )


def draw_seed() -> int:
    return secrets.randbelow(LARGEST_SAFE_INTEGER + 1)


def refuse_missing(
    workflow: Workflow, params: Mapping[str, Any], needed: Requirements, live: LiveWorkers
) -> None:
    """Raises InvalidParams: no live worker has it all."""
    missing = unmet(needed, live.offers)
    if missing:
        raise InvalidParams([_lacking(workflow, params, one, live) for one in missing])


def _lacking(
    workflow: Workflow, params: Mapping[str, Any], missing: Missing, live: LiveWorkers
) -> Fault:
    hint = "; GET /api/v1/models lists them" if missing.kind in live.options else ""
    return Fault(where_asked(workflow, params, missing), explain(missing, live.options) + hint)


def _requirements(workflow: Workflow, params: Mapping[str, Any]) -> Requirements:
    """Rendering the graph to look is dear, and numbers change nothing about what it needs."""
    named = {name: value for name, value in params.items() if isinstance(value, str | list)}
    return _remembered_requirements(_Identical(workflow, orjson.dumps(named), params))


@dataclass(frozen=True, eq=False)
class _Identical:
    """Equal where the workflow and all names chosen in it are."""

    workflow: Workflow
    named: bytes
    params: Mapping[str, Any]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Identical)
            and self.workflow is other.workflow
            and self.named == other.named
        )

    def __hash__(self) -> int:
        return hash((id(self.workflow), self.named))


@lru_cache(maxsize=1024)
def _remembered_requirements(asked: _Identical) -> Requirements:
    return requirements(asked.workflow, asked.params)


def _view(job: NewJob, created_at: datetime) -> JobView:
    return JobView(
        id=job.id,
        job_type=job.job_type,
        status=JobStatus.PENDING,
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        params=job.params,
        tags=job.tags,
        priority=job.priority,
        attempt=1,
        warnings=job.warnings,
        retry_of=job.retry_of,
        version=1,
        created_at=created_at,
        updated_at=created_at,
    )
