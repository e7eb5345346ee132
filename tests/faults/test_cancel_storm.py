"""Jobs cancelled at every stage, at random moments, with the first `drop` lost half of the time."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import IntEnum
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.comfyui_worker.identity import prompt_id_of
from shared.db.engine import transaction
from shared.db.tables import Job, JobEvent
from shared.jobs import FINAL, JobId, JobStatus, Phase
from shared.messages import AttemptRef
from shared.workflows.render import render
from tests.infrastructure.waiting import until
from tests.protocol.accounts import settle_accounts
from tests.protocol.harness import DISPATCHER_TIMING, MOST_STEPS, PARAMS, WORKER_TIMING, World

CANCELLED = 100
AT_ONCE = 8
LEFT_ALONE = 20
FOREIGN = 10
STRUCK = 4

HEARTBEAT = 2.0
WORKER = replace(WORKER_TIMING, heartbeat=HEARTBEAT)
DISPATCHER = replace(
    DISPATCHER_TIMING,
    lease=timedelta(seconds=24),
    live=timedelta(seconds=6),
    unlisted_after=timedelta(seconds=4),
    claim_within=timedelta(seconds=12),
)


class Stage(IntEnum):
    """As seen from outside, in the order in which a job goes through them."""

    PENDING = 0
    GIVEN = 1
    CLAIMED = 2
    SUBMITTED = 3
    RENDERING = 4
    STORED = 5
    ENDED = 6


WHILE_UNFINISHED = set(Stage) - {Stage.ENDED}


@dataclass
class Fate:
    """The first drop of an attempt is lost half of the time; outputs take a while."""

    chance: random.Random
    dropped: set[tuple[str, int]] = field(default_factory=set)
    lost: int = 0

    def __call__(self, message: dict[str, Any]) -> Iterator[float]:
        if message["type"] == "drop":
            attempt = (message["job_id"], message["attempt"])
            is_first = attempt not in self.dropped
            self.dropped.add(attempt)
            if is_first and self.chance.random() < 0.5:
                self.lost += 1
                return
        yield self.chance.uniform(0, 0.6) if message["type"] == "output" else 0.0


@dataclass
class Storm:
    world: World
    chance: random.Random
    met: Counter[Stage] = field(default_factory=Counter)
    cancelled_at: dict[UUID, float] = field(default_factory=dict)  # time.time()
    left_alone: list[UUID] = field(default_factory=list)
    seen: dict[UUID, Job] = field(default_factory=dict)
    struck: set[UUID] = field(default_factory=set)
    is_over: bool = False

    async def rage(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self.look())
            await self.all_at_once(cycle(Stage))
            self.is_over = True

    async def all_at_once(self, stages: Iterator[Stage]) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.leave_alone())
            tasks.create_task(self.others_use_it_too())
            tasks.create_task(self.strike())
            for _ in range(AT_ONCE):
                tasks.create_task(self.cancel_many(stages))

    async def look(self) -> None:
        """For everybody at once: a hundred who ask for themselves leave no time to anybody else."""
        while not self.is_over:
            async with transaction(self.world.sessions) as session:
                self.seen = {job.id: job for job in await session.scalars(select(Job))}
            self.world.check()
            await asyncio.sleep(0.05)

    def stage(self, job_id: UUID) -> Stage:
        (comfyui,) = self.world.comfyuis
        job = self.seen.get(job_id)
        if job is None:
            return Stage.PENDING
        if job.status in FINAL:
            return Stage.ENDED
        if job.phase == Phase.STORED:
            return Stage.STORED
        prompt_id = _prompt_of(job_id, job.attempt)
        if prompt_id in comfyui.queued():
            is_first = comfyui.queued()[0] == prompt_id
            return Stage.RENDERING if is_first else Stage.SUBMITTED
        if job.status == JobStatus.RUNNING:
            return Stage.CLAIMED
        return Stage.PENDING if job.worker_id is None else Stage.GIVEN

    async def cancel_one(self, wanted: Stage) -> None:
        # What is not cancelled in time keeps ComfyUI busy for longer than two heartbeats.
        steps = MOST_STEPS if wanted <= Stage.RENDERING else PARAMS["steps"]
        job = await self.world.submit(steps=steps)
        await until(lambda: self.stage(job.id) >= wanted, within=60)
        await asyncio.sleep(self.chance.uniform(0, 0.05))
        stage = self.stage(job.id)
        if not await self.world.cancel(job.id):
            assert (await self.world.job(job.id)).status == JobStatus.COMPLETED
            return
        self.cancelled_at[job.id] = time.time()
        self.met[stage] += 1
        (comfyui,) = self.world.comfyuis
        await until(
            lambda: _prompt_of(job.id, 1) not in comfyui.queued(),
            within=2 * HEARTBEAT,
            what=f"the prompt of a job that was cancelled when {stage.name} is gone",
        )

    async def cancel_many(self, stages: Iterator[Stage]) -> None:
        while len(self.cancelled_at) < CANCELLED:
            await self.cancel_one(next(stages))

    async def leave_alone(self) -> None:
        for _ in range(LEFT_ALONE):
            job = await self.world.submit()
            self.left_alone.append(job.id)
            await asyncio.sleep(self.chance.uniform(0, 0.5))

    async def others_use_it_too(self) -> None:
        graph = render(
            self.world.workflows["text_to_image"],
            PARAMS,
            prompt="a barn",
            negative_prompt="",
            filename_prefix="somebody_else",
        )
        for number in range(FOREIGN):
            graph["5"]["inputs"]["seed"] = number
            await self.world.comfyuis[0].somebody_else_asks(graph)
            await asyncio.sleep(self.chance.uniform(0, 1))

    async def strike(self) -> None:
        """As ComfyUI's own race does: an interrupt meant for the job before hits the next one."""
        memory = self.world.comfyuis[0].simulator.memory
        while len(self.struck) < STRUCK:
            running = memory.queue.running
            for job_id in set(self.left_alone) - self.struck:
                first = _prompt_of(job_id, 1)
                if running is not None and running.prompt_id == first:
                    memory.site.interruption.wanted = True
                    self.struck.add(job_id)
            await asyncio.sleep(0.02)

    async def interrupted_by_mistake(self) -> int:
        code = JobEvent.detail["code"].astext
        async with transaction(self.world.sessions) as session:
            counted = await session.scalar(
                select(func.count()).where(
                    JobEvent.job_id.in_(self.struck), code == "interrupted_in_comfyui"
                )
            )
        return counted or 0


def _prompt_of(job_id: UUID, attempt: int) -> str:
    return prompt_id_of(AttemptRef(job_id=JobId(job_id), attempt=attempt))


@pytest.mark.slow
async def test_a_hundred_cancels_end_their_own_prompts_within_two_heartbeats_and_no_others(
    database_url: str, tmp_path: Path
) -> None:
    seed = int(os.environ.get("STORM_SEED") or random.randrange(2**32))
    print(f"STORM_SEED={seed}")
    chance = random.Random(seed)
    async with World(
        database_url, tmp_path, worker_timing=WORKER, dispatcher_timing=DISPATCHER
    ) as world:
        storm = Storm(world, chance)
        fate = world.broker.fate = Fate(chance)
        await storm.rage()
        await world.settle()

        jobs = await settle_accounts(world)
        print(storm.met, fate.lost)
        assert len(storm.cancelled_at) >= CANCELLED
        assert set(storm.met) >= WHILE_UNFINISHED
        assert fate.lost > 0
        assert {jobs[job_id].status for job_id in storm.cancelled_at} == {JobStatus.CANCELLED}
        assert {jobs[job_id].status for job_id in storm.left_alone} == {JobStatus.COMPLETED}
        assert await storm.interrupted_by_mistake() > 0
        _their_runs_ended_in_time(storm)


def _their_runs_ended_in_time(storm: Storm) -> None:
    ends = {_prompt_of(job_id, 1): at for job_id, at in storm.cancelled_at.items()}
    for run in storm.world.comfyuis[0].simulator.runs:
        if run.prompt_id in ends:
            assert run.finished is not None
            assert run.finished <= ends[run.prompt_id] + 2 * HEARTBEAT
