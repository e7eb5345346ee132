"""The health port of a process, and those who ask more of it than its health."""

from contextlib import AsyncExitStack

import pytest

from shared import process
from shared.process import health_port
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until
from tests.integration.serving.served import raw_client

ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


async def answers(port: int) -> bool:
    async with raw_client(port) as client:
        await client.say(ASK)
        return b"200 OK" in await client.hear_out()


@pytest.mark.parametrize("path", [b"/healthz", b"/metrics", b"/readyz"])
async def test_it_answers(path: bytes) -> None:
    port = free_port()
    async with health_port(port, checks={}, host="127.0.0.1"), raw_client(port) as client:
        await client.say(ASK.replace(b"/healthz", path))
        assert b"200 OK" in await client.hear_out()


async def test_a_head_without_end_is_cut_off() -> None:
    port = free_port()
    async with health_port(port, checks={}, host="127.0.0.1"):
        async with raw_client(port) as client:
            await client.say(b"GET /healthz HTTP/1.1\r\nX: ")
            await client.say_without_end(b"x" * 8192 for _ in range(1 << 20))
        assert await answers(port)


async def test_of_those_who_say_nothing_only_so_many_are_borne_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "ASKING_SECONDS", 1.0)
    port = free_port()
    async with health_port(port, checks={}, host="127.0.0.1"), AsyncExitStack() as silent:
        for _ in range(process.MOST_ASKING):
            await silent.enter_async_context(raw_client(port))

        assert not await answers(port)
        await until(lambda: answers(port))
