"""ComfyUI's HTTP, with answers that no simulator gives."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.comfyui_worker.answers import OutputFile, Unintelligible
from services.comfyui_worker.comfyui import (
    LARGEST_ANSWER,
    AnswerTooLarge,
    ComfyUiUnavailable,
    name_of,
)
from tests.unit.comfyui_worker.asked import EMPTY, FILE, ID, Asked, always, submit


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


MIB = 1 << 20


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
                Huge.read += MIB
                yield bytes(MIB)

    asked = Asked(lambda request: httpx.Response(200, stream=Huge()))
    with pytest.raises(AnswerTooLarge):
        await asked.comfyui.queue()
    assert Huge.read <= LARGEST_ANSWER + 2 * MIB


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"queue_running": 3}', b"null"])
async def test_another_program_is_not_believed(body: bytes) -> None:
    with pytest.raises(Unintelligible):
        await Asked(always(200, body)).comfyui.queue()


@pytest.mark.parametrize(("status", "found"), [(200, b"x"), (404, None), (400, None), (403, None)])
async def test_a_file_is_there_or_not(status: int, found: bytes | None) -> None:
    assert await Asked(always(status, b"x")).comfyui.view(FILE, most=100) == found


async def test_a_file_larger_than_any_image_is_not_kept_in_memory() -> None:
    with pytest.raises(AnswerTooLarge):
        await Asked(always(200, b"x" * 101)).comfyui.view(FILE, most=100)


async def test_a_file_that_cannot_be_served_now_may_be_there() -> None:
    with pytest.raises(ComfyUiUnavailable):
        await Asked(always(500)).comfyui.view(FILE, most=100)


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
        await Asked(always(500)).comfyui.view(OutputFile(name, "darkroom/x-1", "output"), most=100)
