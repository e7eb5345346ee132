"""Prompts over ComfyUI's HTTP: what its answer to a submission means, and how one is cancelled."""

import asyncio

import httpx
import pytest

from services.comfyui_worker.answers import Ending
from services.comfyui_worker.cancelling import Ender
from services.comfyui_worker.comfyui import (
    ComfyUi,
    ComfyUiUnavailable,
    PromptRefused,
)
from tests.unit.comfyui_worker.asked import EMPTY, ID, SUCCESS, Answer, Asked, always, submit


async def test_a_prompt_is_sent_with_its_id_its_mark_and_who_listens() -> None:
    asked = Asked(always(200, {"prompt_id": ID, "node_errors": {}}))
    await submit(asked.comfyui)

    (_, path, body) = asked.requests[0]
    assert path == "/prompt"
    assert body == {
        "prompt": {"1": {}},
        "prompt_id": ID,
        "client_id": "me",
        "extra_data": {"darkroom": {"worker": "gpu-1"}},
    }


@pytest.mark.parametrize(
    ("answer", "enqueued"),
    [
        (always(400, {"error": {"message": "no"}, "node_errors": {}}), False),
        (always(400, b"Bad Request"), False),
        (always(413, b"too large"), False),
        (always(200, {"node_errors": {"1": {"errors": [{"message": "no"}]}}}), True),
    ],
)
async def test_what_is_refused_need_not_be_asked_again(answer: Answer, enqueued: bool) -> None:
    with pytest.raises(PromptRefused) as refused:
        await submit(Asked(answer).comfyui)
    assert refused.value.enqueued is enqueued
    assert refused.value.complaint.message


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 429, 500, 502, 503, 504])
async def test_any_other_answer_leaves_it_open_whether_it_runs(status: int) -> None:
    with pytest.raises(ComfyUiUnavailable):
        await submit(Asked(always(status)).comfyui)


async def test_an_interrupt_without_an_id_would_hit_anybody_and_is_never_sent() -> None:
    asked = Asked(always(200))
    with pytest.raises(ValueError, match="prompt id"):
        await asked.comfyui.interrupt("")
    assert asked.requests == []


async def test_a_cancelled_submission_is_finished_first() -> None:
    arrived, answered = asyncio.Event(), asyncio.Event()

    async def app(request: httpx.Request) -> httpx.Response:
        arrived.set()
        await asyncio.sleep(0.05)
        answered.set()
        return httpx.Response(200, json={})

    asked = Asked(always(200))
    asked.comfyui = ComfyUi(
        "http://gpu",
        timing=asked.timing,
        permitted=asked.permitted,
        notice=asked.noticed.append,
        transport=httpx.MockTransport(app),
    )
    task = asyncio.ensure_future(submit(asked.comfyui))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert answered.is_set()


def newer_comfyui() -> Answer:
    """One with a cancel of its own for each job; it needs two looks until the prompt is gone."""
    cancelled: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == f"/api/jobs/{ID}/cancel":
            cancelled.append(path)
            return httpx.Response(200, json={"cancelled": len(cancelled) == 1})
        if path == "/queue":
            running = [[0, ID, {}, {}, []]] if len(cancelled) < 2 else []
            return httpx.Response(200, json={"queue_running": running, "queue_pending": []})
        return httpx.Response(200, json={})

    return answer


async def test_a_comfyui_with_a_cancel_for_one_job_is_never_sent_an_interrupt() -> None:
    asked = Asked(newer_comfyui())
    ended = await Ender(asked.comfyui, asked.timing).end(ID)

    assert ended is None
    assert {path for _, path, _ in asked.requests} == {
        f"/api/jobs/{ID}/cancel",
        "/queue",
        f"/history/{ID}",
    }


@pytest.mark.parametrize(
    "answer", [always(200, b"<html>"), always(200, {}), always(404), always(500)]
)
async def test_any_other_answer_to_it_means_that_there_is_none(answer: Answer) -> None:
    assert not await Asked(answer).comfyui.cancel_job(ID)


async def test_how_an_ended_prompt_ended_is_told() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/history/"):
            return httpx.Response(200, json=SUCCESS)
        return httpx.Response(200 if "jobs" not in request.url.path else 404, json=EMPTY)

    asked = Asked(answer)
    ended = await Ender(asked.comfyui, asked.timing).end(ID)

    assert ended is not None
    assert ended.ending is Ending.SUCCESS
    assert "/interrupt" not in [path for _, path, _ in asked.requests]


async def test_while_a_submission_may_still_arrive_it_is_looked_for() -> None:
    looks = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        looks += request.url.path == "/queue" and request.method == "GET"
        return httpx.Response(200, json=EMPTY if "history" not in request.url.path else {})

    asked = Asked(answer)
    until = asyncio.get_running_loop().time() + 0.05
    await Ender(asked.comfyui, asked.timing).end(ID, doubtful_until=until)

    assert looks > 2
    assert asyncio.get_running_loop().time() >= until
