"""The other side of the worker's protocol: a dispatcher and a content service that only remember.

They say what a test tells them to say, and keep what they hear; ComfyUI's part is played by the
simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from shared.bus.base import HEARTBEAT_QUEUE, OUTPUT_QUEUE, REPORT_QUEUE, REPORTS, Bus, Queue
from shared.jobs import JobId, Phase
from shared.messages import (
    AttemptRef,
    Claim,
    Drop,
    Failed,
    Generate,
    Go,
    Heartbeat,
    HeldAttempt,
    Output,
    Progress,
    Yours,
)
from tests.infrastructure.waiting import until

Report = TypeVar("Report", Claim, Failed, Output)


def solid_color(**changes: Any) -> Generate:
    """A job that needs no model; each has another color, or ComfyUI would remember the image."""
    job_id = JobId(changes.pop("job_id", None) or uuid4())
    params = {"width": 64, "height": 64, "color": job_id.int % 0xFFFFFF}
    order: dict[str, Any] = {
        "worker_id": "gpu-1",
        "job_id": job_id,
        "attempt": 1,
        "user_id": uuid4(),
        "workflow": "solid_color",
        "prompt": "",
        "negative_prompt": "",
        "params": params,
        "timeout_s": 60,
        "trace_id": "trace-1",
    }
    return Generate.model_validate(order | changes)


def text_to_image(*, steps: int = 4, **changes: Any) -> Generate:
    """One that samples: it takes `steps` times the simulator's `step_seconds`."""
    seed = uuid4().int % 2**32
    params = {
        "checkpoint": "simulated-1.5.safetensors",
        "loras": [],
        "width": 64,
        "height": 64,
        "steps": steps,
        "cfg": 7.0,
        "sampler": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
        "seed": seed,
    }
    order = {"workflow": "text_to_image", "prompt": "a lake", "params": params}
    return solid_color(**(order | changes))


def ref_of(message: Generate | Claim | Failed | Output | HeldAttempt) -> AttemptRef:
    return AttemptRef(job_id=message.job_id, attempt=message.attempt)


@dataclass
class Peer:
    bus: Bus
    worker_id: str = "gpu-1"
    claims: list[Claim] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    heartbeats: list[Heartbeat] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    answers_claims: bool = True
    answers_yours: bool = True
    finishes_jobs: bool = True  # an output is answered with `drop`, as of a completed job
    given: dict[AttemptRef, Generate] = field(default_factory=dict)
    running: set[AttemptRef] = field(default_factory=set)  # told to go
    over: set[AttemptRef] = field(default_factory=set)

    async def give(self, *orders: Generate) -> None:
        for order in orders:
            self.given[ref_of(order)] = order
            await self.bus.publish(order)

    async def go(self, ref: AttemptRef, *, claim_id: UUID | None = None) -> None:
        is_first = ref not in self.running
        self.running.add(ref)
        to = {"worker_id": self.worker_id, "job_id": ref.job_id, "attempt": ref.attempt}
        answer = to | {"claim_id": claim_id, "is_first": is_first}
        await self.bus.cast(Go.model_validate(answer))

    async def drop(self, order: Generate | AttemptRef) -> None:
        ref = order if isinstance(order, AttemptRef) else ref_of(order)
        self.over.add(ref)
        await self.bus.cast(Drop(worker_id=self.worker_id, job_id=ref.job_id, attempt=ref.attempt))

    async def hear_report(self, report: Claim | Failed) -> None:
        match report:
            case Claim():
                self.claims.append(report)
                if ref_of(report) in self.over:
                    await self.drop(ref_of(report))
                elif self.answers_claims:
                    await self.go(ref_of(report), claim_id=report.claim_id)
            case Failed():
                self.failures.append(report)
                self.over.add(ref_of(report))

    async def hear_output(self, output: Output) -> None:
        self.outputs.append(output)
        if self.finishes_jobs:
            await self.drop(ref_of(output))

    async def hear_heartbeat(self, heartbeat: Heartbeat) -> None:
        self.heartbeats.append(heartbeat)
        if heartbeat.needs_yours and self.answers_yours:
            unfinished = tuple(ref for ref in self.given if ref not in self.over)
            yours = Yours(
                worker_id=heartbeat.worker_id,
                instance_id=heartbeat.instance_id,
                attempts=unfinished,
            )
            await self.bus.cast(yours)

    async def hear_progress(self, progress: Progress) -> None:
        self.progress.append(progress)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        progress: Queue[Progress] = Queue(
            "test.progress", {"progress": Progress}, ((REPORTS, "progress"),), exclusive=True
        )
        async with (
            self.bus.subscribe(REPORT_QUEUE, self.hear_report),
            self.bus.subscribe(OUTPUT_QUEUE, self.hear_output),
            self.bus.subscribe(HEARTBEAT_QUEUE, self.hear_heartbeat),
            self.bus.subscribe(progress, self.hear_progress),
        ):
            yield

    # What a test waits for

    @property
    def last(self) -> Heartbeat:
        return self.heartbeats[-1]

    def phase_of(self, order: Generate) -> Phase | None:
        held = {ref_of(one): one.phase for one in self.last.attempts} if self.heartbeats else {}
        return held.get(ref_of(order))

    async def accepting(self) -> None:
        await until(
            lambda: bool(self.heartbeats) and self.last.accepting, what="the worker accepts jobs"
        )

    async def refusing(self, words: str, *, within: float = 10) -> Heartbeat:
        def refused() -> Heartbeat | None:
            last = self.heartbeats[-1] if self.heartbeats else None
            is_it = last and not last.accepting and words in (last.reason or "")
            return last if is_it else None

        await until(lambda: refused() is not None, within=within, what=f"it refuses: {words}")
        return self.last

    async def holds(self, order: Generate, phase: Phase | None) -> None:
        await until(
            lambda: bool(self.heartbeats) and self.phase_of(order) == phase,
            what=f"{order.job_id} is {phase}",
        )

    async def output_of(self, order: Generate) -> Output:
        return await self._first(self.outputs, order)

    async def failure_of(self, order: Generate) -> Failed:
        return await self._first(self.failures, order)

    async def _first(self, reports: list[Report], order: Generate) -> Report:
        def found() -> Report | None:
            return next((one for one in reports if ref_of(one) == ref_of(order)), None)

        await until(lambda: found() is not None, what=f"a report of {order.job_id}")
        report = found()
        assert report is not None
        return report
