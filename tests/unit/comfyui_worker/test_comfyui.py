"""ComfyUI's HTTP, with answers that no simulator gives."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.comfyui_worker import comfyui as module
from services.comfyui_worker.answers import Ending, OutputFile, Unintelligible
from services.comfyui_worker.cancelling import Ender
from services.comfyui_worker.comfyui import (
    AnswerTooLarge,
    ComfyUi,
    ComfyUiUnavailable,
    PromptRefused,
    name_of,
)
from services.comfyui_worker.settings import Timing

ID = "8f0d8373-978a-4708-aa8c-febaa519768d"
FILE = OutputFile("image_00001_.png", "darkroom/x-1", "output")
EMPTY: dict[str, list[Any]] = {"queue_running": [], "queue_pending": []}
SUCCESS = {ID: {"status": {"messages": [["execution_success", {}]]}, "outputs": {}}}

Answer = Callable[[httpx.Request], httpx.Response]


class Asked:
    """A ComfyUI of our own making, what it was asked, and what was noticed of it."""

    def __init__(self, answer: Answer, *, permitted: bool = True) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.noticed: list[str | None] = []
        self.permitted = asyncio.Event()
        if permitted:
            self.permitted.set()

        def handle(request: httpx.Request) -> httpx.Response:
            body = json.loads(request.content) if request.content else None
            self.requests.append((request.method, request.url.path, body))
            return answer(request)

        self.timing = Timing(request=0.5, download=0.5, quick_poll=0.001, slow_poll=0.005)
        self.comfyui = ComfyUi(
            "http://gpu:8188",
            timing=self.timing,
            permitted=self.permitted,
            notice=self.noticed.append,
            transport=httpx.MockTransport(handle),
        )


def always(status: int, body: Any = b"") -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda request: httpx.Response(status, content=content)


async def submit(comfyui: ComfyUi) -> None:
    await comfyui.submit(ID, {"1": {}}, mark={"worker": "gpu-1"}, client_id="me")


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


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError]
)
async def test_silence_is_noticed_and_so_is_a_sign_of_life(error: type[Exception]) -> None:
    silent = [True, False]

    def answer(request: httpx.Request) -> httpx.Response:
        if silent.pop(0):
            raise error("gone")
        return httpx.Response(200, json=EMPTY)

    asked = Asked(answer)
    with pytest.raises(ComfyUiUnavailable):
        await asked.comfyui.queue()
    await asked.comfyui.queue()

    assert "gone" in (asked.noticed[0] or "")
    assert asked.noticed[1:] == [None]


async def test_an_answer_that_never_ends_is_given_up() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            while True:
                await asyncio.sleep(0.05)
                yield b" "

    asked = Asked(lambda request: httpx.Response(200, stream=Endless()))
    with pytest.raises(ComfyUiUnavailable):
        await asked.comfyui.queue()


async def test_an_answer_that_is_too_large_is_not_kept_in_memory() -> None:
    class Huge(httpx.AsyncByteStream):
        read = 0

        async def __aiter__(self) -> Any:
            while True:
                Huge.read += module.MIB
                yield bytes(module.MIB)

    asked = Asked(lambda request: httpx.Response(200, stream=Huge()))
    with pytest.raises(AnswerTooLarge):
        await asked.comfyui.queue()
    assert Huge.read <= module.LARGEST_ANSWER + 2 * module.MIB


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"queue_running": 3}', b"null"])
async def test_another_program_is_not_believed(body: bytes) -> None:
    with pytest.raises(Unintelligible):
        await Asked(always(200, body)).comfyui.queue()


@pytest.mark.parametrize(("status", "found"), [(200, b"x"), (404, None), (400, None), (403, None)])
async def test_a_file_is_there_or_not(status: int, found: bytes | None) -> None:
    assert await Asked(always(status, b"x")).comfyui.view(FILE) == found


async def test_a_file_that_cannot_be_served_now_may_be_there() -> None:
    with pytest.raises(ComfyUiUnavailable):
        await Asked(always(500)).comfyui.view(FILE)


async def test_an_interrupt_without_an_id_would_hit_anybody_and_is_never_sent() -> None:
    asked = Asked(always(200))
    with pytest.raises(ValueError, match="prompt id"):
        await asked.comfyui.interrupt("")
    assert asked.requests == []


async def test_without_permission_nothing_is_changed_and_looking_goes_on() -> None:
    asked = Asked(always(200, EMPTY), permitted=False)
    changes = [
        asyncio.ensure_future(one)
        for one in (
            submit(asked.comfyui),
            asked.comfyui.delete_pending(ID),
            asked.comfyui.interrupt(ID),
            asked.comfyui.cancel_job(ID),
            asked.comfyui.delete_from_history([ID]),
            asked.comfyui.free_memory(),
        )
    ]
    await asked.comfyui.queue()
    assert [path for _, path, _ in asked.requests] == ["/queue"]

    asked.permitted.set()
    await asyncio.gather(*changes)
    assert len(asked.requests) == 7


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


def test_its_name_for_people_has_no_password() -> None:
    assert name_of("http://user:secret@gpu:8188/comfy") == "gpu:8188"
    assert name_of("https://gpu") == "gpu"


async def test_a_cookie_is_never_kept() -> None:
    """One that is not ASCII would make every later request fail."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert "cookie" not in request.headers
        headers = [(b"set-cookie", b"x=\x80"), (b"set-cookie", b"y=1")]
        return httpx.Response(200, headers=headers, content=json.dumps(EMPTY).encode())

    asked = Asked(answer)
    for _ in range(2):
        await asked.comfyui.queue()
    assert len(asked.requests) == 2


@pytest.mark.parametrize("name", ["image_\ud800.png", "image_" + "a" * 70_000 + ".png"])
async def test_a_name_that_makes_no_address_is_an_outage_and_no_crash(name: str) -> None:
    with pytest.raises(ComfyUiUnavailable):
        await Asked(always(500)).comfyui.view(OutputFile(name, "darkroom/x-1", "output"))
