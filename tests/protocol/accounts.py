"""What must hold once every job has ended, whatever happened on the way."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import func, select

from deploy.comfyui_simulator.journal import Run
from services.comfyui_worker.identity import Mark, prompt_id_of
from shared.db.engine import transaction
from shared.db.tables import ContentItem, DeadLetter, Job, JobEvent
from shared.jobs import FINAL, FailureCode, JobStatus
from tests.protocol.harness import HEARTBEAT, World
from tests.protocol.parts import ComfyUi

# An interrupt is heard at the next step, and this computer has other things to do.
PATIENCE = 4.0


async def settle_accounts(world: World) -> dict[UUID, Job]:
    """The jobs, as they ended."""
    jobs = await _jobs(world)
    assert set(jobs) == set(world.job_ids)
    await _every_job_is_whole(world, jobs)
    await _nothing_died(world)
    await world.until_comfyuis_are_empty(within=2 * HEARTBEAT + PATIENCE)
    await world.until_workers_hold_nothing()
    _every_prompt_is_accounted_for(world, await _granted(world))
    return jobs


async def _jobs(world: World) -> dict[UUID, Job]:
    async with transaction(world.sessions) as session:
        return {job.id: job for job in await session.scalars(select(Job))}


async def _every_job_is_whole(world: World, jobs: dict[UUID, Job]) -> None:
    async with transaction(world.sessions) as session:
        items: defaultdict[UUID | None, list[int]] = defaultdict(list)
        for row in await session.execute(select(ContentItem.job_id, ContentItem.id)):
            items[row.job_id].append(row.id)
        versions: defaultdict[UUID, list[int]] = defaultdict(list)
        events = select(JobEvent.job_id, JobEvent.version).order_by(JobEvent.version)
        for event in await session.execute(events):
            versions[event.job_id].append(event.version)
    for job in jobs.values():
        assert job.status in FINAL
        assert items.pop(job.id, []) == ([job.content_id] if job.content_id else [])
        assert (job.status == JobStatus.COMPLETED) == (job.content_id is not None)
        assert versions[job.id] == list(range(1, job.version + 1))
    assert not items, "content of a job that is not there"


async def _granted(world: World) -> set[tuple[UUID, int]]:
    """Job and attempt of every claim that was answered `go`."""
    events = select(JobEvent.job_id, JobEvent.attempt).where(JobEvent.type == "job.running")
    async with transaction(world.sessions) as session:
        return {(row.job_id, row.attempt) for row in await session.execute(events)}


async def _nothing_died(world: World) -> None:
    async with transaction(world.sessions) as session:
        assert await session.scalar(select(func.count()).select_from(DeadLetter)) == 0
        bugs = JobEvent.detail["code"].astext == FailureCode.UNDELIVERABLE
        assert (await session.scalars(select(JobEvent.detail).where(bugs))).all() == []


def _every_prompt_is_accounted_for(world: World, granted: set[tuple[UUID, int]]) -> None:
    ran_in: defaultdict[str, set[str]] = defaultdict(set)
    for comfyui in world.comfyuis:
        last: dict[str, Run] = {}
        for run in comfyui.simulator.runs:
            if run.prompt_id in comfyui.foreign:
                assert run.outcome == "success"
                continue
            _was_granted(run, comfyui, granted)
            ran_in[run.prompt_id].add(comfyui.worker_id)
            if run.prompt_id in last:
                _was_forgotten_between(last[run.prompt_id], run, comfyui)
            last[run.prompt_id] = run
    for prompt_id, worker_ids in ran_in.items():
        assert len(worker_ids) == 1, f"{prompt_id} ran in {worker_ids}"


def _was_granted(run: Run, comfyui: ComfyUi, granted: set[tuple[UUID, int]]) -> None:
    mark = Mark.model_validate(run.darkroom)
    assert mark.worker == comfyui.worker_id
    assert (mark.job, mark.attempt) in granted
    assert run.prompt_id == prompt_id_of(mark.ref)


def _was_forgotten_between(earlier: Run, later: Run, comfyui: ComfyUi) -> None:
    assert comfyui.may_run_again(later.prompt_id, after=earlier.started, before=later.started), (
        f"{earlier} ran again: {later}"
    )
