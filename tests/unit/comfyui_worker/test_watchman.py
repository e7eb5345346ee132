"""Who is called off, and why."""

import asyncio
from datetime import UTC, datetime

import pytest

from services.comfyui_worker.answers import Queue, QueuedPrompt
from services.comfyui_worker.attempts import Attempt, CalledOff, CallOff, Stage
from services.comfyui_worker.breaker import Breaker
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.failures import failed
from services.comfyui_worker.health import Health
from services.comfyui_worker.identity import Mark
from services.comfyui_worker.settings import Timing
from services.comfyui_worker.watchman import Watchman, is_of, is_stuck, to_call_off
from shared.jobs import FailureCode
from tests.unit.comfyui_worker.orders import attempt, order

TIMING = Timing()


@pytest.fixture
async def health() -> Health:
    health = Health("gpu-1", "gpu:8188", Breaker(10, 600))
    health.notice(None)
    health.see_store(None)
    health.describe()
    return health


def called_off(held: list[Attempt], health: Health, *, after: float = 0.0) -> dict[Stage, CallOff]:
    now = health.last_answer + after
    return {one.attempt.stage: one.kind for one in to_call_off(held, health, TIMING, now=now)}


def one_of_each() -> list[Attempt]:
    return [attempt(stage) for stage in Stage]


async def test_while_all_is_well_nobody(health: Health) -> None:
    assert health.accepts(held=0)
    assert called_off(one_of_each(), health, after=1000) == {}


async def test_after_a_minute_of_silence_what_needs_comfyui(health: Health) -> None:
    health.notice("connection refused")

    assert called_off(one_of_each(), health, after=59) == {}
    assert called_off(one_of_each(), health, after=61) == dict.fromkeys(
        (Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI, Stage.ENDED), CallOff.UNREACHABLE
    )


async def test_at_the_end_what_waits_but_not_what_runs(health: Health) -> None:
    health.stop()
    running = attempt(Stage.IN_COMFYUI, running_since=1.0)

    assert called_off([*one_of_each(), running], health) == dict.fromkeys(
        (Stage.WAITING, Stage.ASKING, Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI),
        CallOff.HAND_BACK,
    )
    assert running not in [one.attempt for one in to_call_off([running], health, TIMING, now=0)]


async def test_behind_others_what_was_claimed(health: Health) -> None:
    health.see_busy(datetime(2026, 11, 23, 14, 2, tzinfo=UTC))

    assert health.reason() == "ComfyUI at gpu:8188 is busy with others' prompts since 14:02 UTC"
    assert called_off(one_of_each(), health) == dict.fromkeys(
        (Stage.GRANTED, Stage.ENTERING, Stage.IN_COMFYUI), CallOff.HAND_BACK
    )


async def test_of_an_ailing_comfyui_what_was_claimed_for_it(health: Health) -> None:
    health.see_failure(order().job_id, failed(FailureCode.DEVICE_ERROR, "CUDA error"), ran=True)

    assert called_off(one_of_each(), health) == {Stage.GRANTED: CallOff.HAND_BACK}
    assert not health.accepts(held=0)


async def test_a_prompt_is_stuck_when_it_is_overdue_and_hears_no_interrupt() -> None:
    def stuck(interrupted_at: float | None, running_since: float | None, now: float) -> bool:
        one = attempt(Stage.LEAVING, interrupted_at=interrupted_at, running_since=running_since)
        return is_stuck([one], TIMING, now=now)

    assert stuck(100.0, 0.0, 401.0)
    assert not stuck(100.0, 0.0, 399.0)
    assert not stuck(None, 0.0, 10_000.0)
    assert not stuck(100.0, 390.0, 401.0)  # cancelled long before its time was over


async def test_behind_others_counts_only_while_ours_wait_and_theirs_run(health: Health) -> None:
    desk = Desk()
    watchman = Watchman(desk, health, worker_id="gpu-1", timing=Timing(busy=0.0))
    ours = QueuedPrompt(*_marked("gpu-1"))
    theirs = QueuedPrompt("x", None)
    now = asyncio.get_running_loop().time()

    for queue in (
        Queue((ours,), (theirs,)),
        Queue((theirs,), ()),
        Queue((), (ours,)),
        Queue((ours,), (ours,)),
    ):
        watchman.see_queue(queue)
        watchman.look(now + 1000)
        assert not health.is_busy

    watchman.see_queue(Queue((theirs,), (ours,)))
    watchman.look(now + 1000)
    assert health.is_busy
    watchman.see_queue(Queue((), (theirs,)))
    assert health.is_busy
    watchman.see_queue(Queue((), ()))
    assert not health.is_busy


def _marked(worker: str) -> tuple[str, Mark]:
    one = attempt()
    return one.prompt_id, Mark(worker=worker, job=one.ref.job_id, attempt=1)


def test_a_prompt_is_ours_by_its_mark_and_its_id() -> None:
    prompt_id, mark = _marked("gpu-1")
    assert is_of("gpu-1", QueuedPrompt(prompt_id, mark))
    assert not is_of("gpu-2", QueuedPrompt(prompt_id, mark))
    assert not is_of("gpu-1", QueuedPrompt("forged", mark))
    assert not is_of("gpu-1", QueuedPrompt(prompt_id, None))


async def test_a_drop_outweighs_a_hand_back_and_cannot_be_taken_back() -> None:
    one = attempt()
    one.call_off(CallOff.HAND_BACK, "stopping")
    one.call_off(CallOff.UNREACHABLE, "silent")
    with pytest.raises(CalledOff) as call:
        await one.unless_called_off(asyncio.sleep(10))
    assert (call.value.kind, str(call.value)) == (CallOff.HAND_BACK, "stopping")

    one.carry_on()
    assert await one.unless_called_off(asyncio.sleep(0, "done")) == "done"

    one.call_off(CallOff.DROPPED, "dropped")
    one.carry_on()
    with pytest.raises(CalledOff) as call:
        await one.unless_dropped(asyncio.sleep(10))
    assert call.value.kind is CallOff.DROPPED


async def test_the_first_hindrance_is_said(health: Health) -> None:
    health.see_store("no space left")
    assert health.reason() == "the media store refuses files: no space left"
    health.see_stuck(True)
    assert health.reason() == "ComfyUI at gpu:8188 is stuck, restart it"
    health.notice("connection refused")
    assert "does not answer since" in (health.reason() or "")
    assert "connection refused" in (health.reason() or "")
    health.stop()
    assert health.reason() == "gpu-1 is stopping"
