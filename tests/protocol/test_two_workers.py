"""Several workers at one dispatcher, each with a ComfyUI of its own, or two with the same name."""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import select

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.faults import JobFault, device_error
from services.comfyui_worker.breaker import FAILURES_IN_A_ROW
from services.comfyui_worker.identity import Mark
from shared.db.engine import transaction
from shared.db.tables import OutboxRow, Worker
from shared.jobs import JobStatus
from tests.infrastructure.waiting import until
from tests.protocol.accounts import settle_accounts
from tests.protocol.harness import BEHAVIOUR, MOST_STEPS, WORKER_TIMING, World

RED = Behaviour(step_seconds=0.02, checkpoints=("red.safetensors", "both.safetensors"))
BLUE = Behaviour(step_seconds=0.02, checkpoints=("blue.safetensors", "both.safetensors"))
LONG_PAUSES = replace(WORKER_TIMING, first_ailing_pause=1.0, longest_ailing_pause=4.0)


async def test_each_job_runs_only_where_its_models_are(database_url: str, tmp_path: Path) -> None:
    async with World(database_url, tmp_path, behaviours=(RED, BLUE)) as world:
        nowhere = await world.submit(checkpoint="green.safetensors")
        for number in range(12):
            name = ("red", "blue", "both")[number % 3]
            await world.submit(checkpoint=f"{name}.safetensors")
        await until(lambda: _left(world, 1), within=30)

        assert (await world.job(nowhere.id)).worker_id is None
        await world.cancel(nowhere.id)
        jobs = await settle_accounts(world)

    for comfyui, its_own in zip(world.comfyuis, (RED, BLUE), strict=True):
        for run in comfyui.simulator.runs:
            job = jobs[Mark.model_validate(run.darkroom).job]
            assert job.params["checkpoint"] in its_own.checkpoints
    statuses = Counter(job.status for job in jobs.values())
    assert statuses == {JobStatus.COMPLETED: 12, JobStatus.CANCELLED: 1}


async def _left(world: World, count: int) -> bool:
    return len(await world.unfinished()) == count


async def test_a_comfyui_that_fails_every_job_fails_three_at_most_and_the_other_makes_the_rest(
    database_url: str, tmp_path: Path
) -> None:
    async with World(
        database_url, tmp_path, behaviours=(BEHAVIOUR, BEHAVIOUR), worker_timing=LONG_PAUSES
    ) as world:
        world.comfyuis[0].simulator.add_faults(JobFault(kind="execution_error"))
        for _ in range(14):
            await world.submit()
        await world.until_all_have_ended()
        jobs = await settle_accounts(world)

    assert len(world.comfyuis[0].simulator.runs) >= FAILURES_IN_A_ROW
    statuses = Counter(job.status for job in jobs.values())
    assert statuses[JobStatus.FAILED] <= FAILURES_IN_A_ROW
    assert statuses[JobStatus.COMPLETED] == 14 - statuses[JobStatus.FAILED]


async def test_no_job_pays_for_a_broken_device(database_url: str, tmp_path: Path) -> None:
    async with World(database_url, tmp_path, behaviours=(BEHAVIOUR, BEHAVIOUR)) as world:
        world.comfyuis[0].simulator.add_faults(device_error())
        for _ in range(10):
            await world.submit()
        await world.until_all_have_ended()
        jobs = await settle_accounts(world)

    assert {job.status for job in jobs.values()} == {JobStatus.COMPLETED}
    assert {job.failures for job in jobs.values()} == {0}


async def test_a_comfyui_that_is_well_again_makes_what_it_failed(
    database_url: str, tmp_path: Path
) -> None:
    async with World(database_url, tmp_path) as world:
        world.comfyuis[0].simulator.add_faults(device_error(times=4))
        for _ in range(6):
            await world.submit()
        await world.until_all_have_ended()
        jobs = await settle_accounts(world)

    assert {job.status for job in jobs.values()} == {JobStatus.COMPLETED}


async def test_what_a_worker_that_is_gone_for_good_held_is_made_by_another(
    database_url: str, tmp_path: Path
) -> None:
    async with World(database_url, tmp_path, behaviours=(BEHAVIOUR, BEHAVIOUR)) as world:
        for _ in range(8):
            await world.submit()
        await until(lambda: world.comfyuis[0].queued())
        await world.services["gpu-1"].kill()
        await world.until_all_have_ended()
        world.start_all()  # whose leftovers in ComfyUI are then ended
        jobs = await settle_accounts(world)

    assert {job.status for job in jobs.values()} == {JobStatus.COMPLETED}
    assert any(job.attempt > 1 for job in jobs.values())


async def test_a_new_instance_ends_what_was_cancelled_while_there_was_none(
    database_url: str, tmp_path: Path
) -> None:
    async with World(database_url, tmp_path) as world:
        job = await world.submit(steps=MOST_STEPS)
        await world.until_a_prompt_runs()
        await world.services["gpu-1"].kill()
        await world.cancel(job.id)
        await until(lambda: _nothing_is_to_be_told(world))
        world.start_all()
        await settle_accounts(world)

        (run,) = world.comfyuis[0].simulator.runs
        assert run.outcome == "interrupted"


async def _nothing_is_to_be_told(world: World) -> bool:
    async with transaction(world.sessions) as session:
        return await session.scalar(select(OutboxRow.id).limit(1)) is None


async def test_of_two_workers_with_one_name_the_second_waits_and_then_takes_over(
    database_url: str, tmp_path: Path
) -> None:
    async with World(database_url, tmp_path) as world:
        twin = world.add_twin("gpu-1")
        await until(lambda: _is_live(world))
        twin.start()
        for _ in range(8):
            await world.submit()
        await until(lambda: len(world.comfyuis[0].simulator.runs) >= 3)
        await world.services["gpu-1"].kill()
        await world.until_all_have_ended()
        jobs = await settle_accounts(world)

    assert {job.status for job in jobs.values()} == {JobStatus.COMPLETED}
    assert len(world.comfyuis[0].simulator.runs) == 8


async def test_two_workers_with_one_name_that_lose_the_broker_together_make_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    async with World(database_url, tmp_path) as world:
        twin = world.add_twin("gpu-1")
        await until(lambda: _is_live(world))
        twin.start()
        for _ in range(6):
            made = len(world.comfyuis[0].simulator.runs)
            for _ in range(4):
                await world.submit()
            await until(partial(_has_made, world, made + 3))
            world.broker.lose_everything()
        await world.until_all_have_ended()
        jobs = await settle_accounts(world)

    assert {job.status for job in jobs.values()} == {JobStatus.COMPLETED}


def _has_made(world: World, count: int) -> bool:
    return len(world.comfyuis[0].simulator.runs) >= count


async def _is_live(world: World) -> bool:
    async with transaction(world.sessions) as session:
        return await session.scalar(select(Worker.accepting)) or False
