"""HTTP for what there is: workflows, models, workers, and how things go."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.dependencies import Admin, Asker, AskingUser, PartsDep
from gateway.discovery import queries
from gateway.discovery.schemas import (
    ModelsView,
    ReadyView,
    StatsView,
    StorageView,
    WorkerChange,
    WorkerView,
    WorkflowView,
)
from gateway.input import StrictRoute, WithoutNul
from gateway.pages import Page, answer
from shared.db.engine import transaction
from shared.db.views import content_view
from shared.errors import NotFound
from shared.jobs import JobStatus

log = structlog.get_logger()

router = APIRouter(tags=["discovery"], route_class=StrictRoute)


@router.get("/api/v1/workflows", response_model=Page[WorkflowView])
async def list_workflows(_asker: Asker, parts: PartsDep) -> Response:
    views = [
        WorkflowView(
            name=workflow.name,
            title=workflow.title,
            description=workflow.description,
            job_type=workflow.job_type,
            timeout_s=workflow.timeout_s,
            params_schema=workflow.json_schema(),
        )
        for workflow in parts.workflows.values()
    ]
    return answer(Page(items=views))


@router.get("/api/v1/models", response_model=ModelsView)
async def list_models(_asker: Asker, parts: PartsDep) -> Response:
    return answer(ModelsView.model_validate((await parts.offers.now()).options))


@router.get("/api/v1/workers", response_model=Page[WorkerView])
async def list_workers(_asker: Asker, parts: PartsDep) -> Response:
    async with transaction(parts.sessions) as session:
        return answer(Page(items=await queries.list_workers(session)))


@router.patch("/api/v1/workers/{worker_id}", response_model=WorkerView)
async def change_worker(
    worker_id: Annotated[str, Path(max_length=200), WithoutNul],
    wanted: WorkerChange,
    _admin: Admin,
    parts: PartsDep,
) -> Response:
    async with transaction(parts.sessions) as session:
        if not await queries.want(session, worker_id, wanted.wanted):
            raise NotFound("there is no worker of this name; GET /api/v1/workers lists them")
        [view] = await queries.list_workers(session, worker_id=worker_id)
    parts.nudges.nudge()
    log.info("worker.wanted", worker_id=worker_id, wanted=wanted.wanted)
    return answer(view)


@router.get("/api/v1/stats", response_model=StatsView)
async def read_stats(user_id: AskingUser, parts: PartsDep) -> Response:
    queue = await parts.positions.now()
    async with transaction(parts.sessions) as session:
        counts = await queries.count_by_status(session, user_id)
        workers = await queries.list_workers(session)
        latest = await queries.latest_items(session, user_id)
    none = dict.fromkeys((status.value for status in JobStatus), 0)
    return answer(
        StatsView(
            now=none | {row.status: row.now for row in counts},
            today=none | {row.status: row.today for row in counts},
            this_week=none | {row.status: row.this_week for row in counts},
            waiting=queue.waiting,
            workers=workers,
            latest=[content_view(item) for item in latest],
            simulated=any(one.is_live and one.comfyui.get("simulated") is True for one in workers),
            restart_to_use=parts.restart_to_use(),
            storage=StorageView.model_validate(await parts.storage_room.now()),
        )
    )


@router.get("/healthz")
async def tell_alive() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", response_model=ReadyView)
async def tell_ready(parts: PartsDep) -> Response:
    """Its dependencies answer; 503 names the one that does not."""
    ready = await parts.readiness.now()
    return answer(ready, status=200 if ready.status == "ok" else 503)
