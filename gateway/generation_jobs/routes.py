"""HTTP for jobs."""

from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from gateway.dependencies import Asker, AskingUser, PartsDep, TraceId, parts_of
from gateway.generation_jobs import service
from gateway.generation_jobs.final_waiters import preferred_seconds
from gateway.generation_jobs.schemas import JobEventView, JobRequest, JobsQuery
from gateway.generation_jobs.submission import Origin, Submitted, submit
from gateway.generation_jobs.submission_route import IDEMPOTENCY_KEY, SubmissionRoute
from gateway.input import StrictRoute
from gateway.pages import Page, answer
from shared.views import JobView

log = structlog.get_logger()

PREFIX = "/api/v1/generation-jobs"

IdempotencyKey = Annotated[
    str | None,
    Header(pattern=IDEMPOTENCY_KEY, description="Repeating it makes no second job."),
]


router = APIRouter(prefix=PREFIX, tags=["generation jobs"], route_class=StrictRoute)
submissions = APIRouter(prefix=PREFIX, tags=["generation jobs"], route_class=SubmissionRoute)


@submissions.post("", status_code=201, response_model=JobView)
async def submit_job(
    request: Request,
    wanted: JobRequest,
    asker: Asker,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Once it is answered the job is stored, and will end in one way or another."""
    origin = Origin(request.scope["trace_id"], idempotency_key, await request.body())
    return _submitted(await submit(await parts_of(request), asker, wanted, origin))


@router.post("/{job_id}/retry", status_code=201, response_model=JobView)
async def retry_job(
    job_id: UUID,
    asker: Asker,
    parts: PartsDep,
    trace_id: TraceId,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    origin = Origin(trace_id, idempotency_key, f"retry {job_id}".encode(), retry_of=job_id)
    return _submitted(await service.retry(parts, asker, job_id, origin))


def _submitted(submitted: Submitted) -> Response:
    job = submitted.job
    headers = {"Location": f"{PREFIX}/{job.id}"}
    if submitted.is_replay:
        return answer(job, headers=headers | {"Idempotent-Replayed": "true"})
    log.info("job.accepted", job_id=str(job.id))
    return answer(job, status=201, headers=headers)


@router.get("", response_model=Page[JobView])
async def list_jobs(
    query: Annotated[JobsQuery, Query()], user_id: AskingUser, parts: PartsDep
) -> Response:
    return answer(await service.list_jobs(parts, user_id, query))


@router.get("/{job_id}", response_model=JobView)
async def read_job(
    job_id: UUID,
    user_id: AskingUser,
    parts: PartsDep,
    prefer: Annotated[str | None, Header(description="wait=30")] = None,
) -> Response:
    seconds = preferred_seconds(prefer)
    if not seconds:
        return answer(await service.read_job(parts, job_id, user_id))
    job = await service.await_final(parts, job_id, user_id, seconds=seconds)
    return answer(job, headers={"Preference-Applied": f"wait={seconds}"})


@router.get("/{job_id}/events", response_model=Page[JobEventView])
async def list_events(job_id: UUID, user_id: AskingUser, parts: PartsDep) -> Response:
    return answer(await service.list_events(parts, job_id, user_id))


@router.post("/{job_id}/cancel", response_model=JobView)
async def cancel_job(job_id: UUID, user_id: AskingUser, parts: PartsDep) -> Response:
    job = await service.cancel(parts, job_id, user_id)
    log.info("job.cancelled", job_id=str(job_id))
    return answer(job)


@router.delete("/{job_id}", status_code=204)
async def remove_job(job_id: UUID, user_id: AskingUser, parts: PartsDep, trace_id: TraceId) -> None:
    await service.remove(parts, job_id, user_id, trace_id=trace_id)
    log.info("job.removed", job_id=str(job_id))
