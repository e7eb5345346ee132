"""What a ComfyUI offers, asked for again and again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.comfyui_worker.breaker import Breaker
from services.comfyui_worker.discovery import Discovery
from services.comfyui_worker.health import Health
from shared.workflows.load import load_workflows
from tests.infrastructure.waiting import until
from tests.unit.comfyui_worker.asked import EMPTY, Asked

KSAMPLER = {"KSampler": {"input": {"required": {"sampler_name": [["euler"], {}]}}}}
ABOUT = {"system": {"comfyui_version": "1"}, "devices": []}


class Described:
    """A ComfyUI whose /object_info is what a test says."""

    def __init__(self) -> None:
        self.object_info: Any = KSAMPLER
        self.asked = Asked(self._answer)
        self.health = Health("gpu-1", "gpu:8188", Breaker(1.0, 1.0))
        self.discovery = Discovery(
            self.asked.comfyui,
            load_workflows(),
            health=self.health,
            see_queue=lambda queue: None,
            timing=replace(self.asked.timing, probe=0.001, describe=0.001),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answers = {"/system_stats": ABOUT, "/queue": EMPTY, "/object_info": self.object_info}
        return httpx.Response(200, json=answers[request.url.path])

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[None]:
        loop = asyncio.ensure_future(self.discovery.run())
        try:
            yield
        finally:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop

    async def asked_again(self, times: int = 3) -> None:
        def count() -> int:
            return [path for _, path, _ in self.asked.requests].count("/object_info")

        before = count()
        await until(lambda: count() >= before + times)


@pytest.mark.parametrize("garbage", [[], {}, None, "words", {"error": "no"}, {"KSampler": {}}])
async def test_what_makes_no_sense_changes_nothing_and_is_said_once(garbage: Any) -> None:
    described = Described()

    with capture_logs() as logs:
        async with described.asking():
            await until(lambda: described.discovery.offers is not None)
            known = described.discovery.offers
            described.object_info = garbage
            await described.asked_again()
            assert described.discovery.offers == known

            described.object_info = KSAMPLER | {"VAEDecode": {"input": {}}}
            await until(lambda: described.discovery.offers != known)

    events = [line["event"] for line in logs]
    assert events.count("comfyui.not_described") == 1


async def test_one_that_describes_nothing_yet_offers_nothing_yet() -> None:
    described = Described()
    described.object_info = {}

    async with described.asking():
        await described.asked_again()

    assert described.discovery.offers is None
    assert not described.health.described
