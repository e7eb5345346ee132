"""A ComfyUI of our own making, for answers that no simulator gives."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from services.comfyui_worker.answers import OutputFile
from services.comfyui_worker.comfyui import (
    ComfyUi,
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
