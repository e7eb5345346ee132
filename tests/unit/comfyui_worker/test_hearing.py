"""The doorbell's messages: only what is about our own prompts means anything."""

from typing import Any

import pytest

from services.comfyui_worker.attempts import Attempt, Stage
from services.comfyui_worker.desk import Desk
from services.comfyui_worker.doorbell import parsed, websocket_url
from services.comfyui_worker.hearing import Hearing
from services.comfyui_worker.progress import PromptProgress
from tests.unit.comfyui_worker.orders import order

GRAPH: dict[str, dict[str, Any]] = {
    "1": {"class_type": "KSampler", "inputs": {"steps": 9}},
    "2": {"class_type": "SaveImage", "inputs": {}},
}


class Rings:
    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, prompt_id: str) -> None:
        self.rung.append(prompt_id)


class Told:
    def __init__(self) -> None:
        self.values: list[float | None] = []

    async def progress(self, attempt: Attempt) -> None:
        self.values.append(attempt.progress)


class Ear:
    def __init__(self) -> None:
        self.rings, self.told, desk = Rings(), Told(), Desk()
        held = desk.take(order())
        assert held is not None
        held.stage, held.tracker = Stage.IN_COMFYUI, PromptProgress.of(GRAPH)
        self.attempt = held
        self.hearing = Hearing(desk, self.rings, self.told)

    async def hear(self, kind: Any, **data: Any) -> None:
        await self.hearing.hear(
            {"type": kind, "data": {"prompt_id": self.attempt.prompt_id} | data}
        )


async def test_the_bell_rings_when_no_node_is_executing_any_more() -> None:
    ear = Ear()
    await ear.hear("executing", node=None)
    assert ear.rings.rung == [ear.attempt.prompt_id]


async def test_steps_move_the_progress_of_the_prompt() -> None:
    ear = Ear()
    await ear.hear("executing", node="1", display_node="1")
    await ear.hear("progress", node="1", value=9, max=9)
    await ear.hear("executing", node="2")
    assert ear.told.values == [0.0, 0.9, 0.9]


async def test_other_events_and_other_prompts_mean_nothing() -> None:
    ear = Ear()
    await ear.hear("execution_success")
    await ear.hear("executed", node="2", output={})
    await ear.hear("progress", node="1", value=9, max=9, prompt_id="somebody else's")
    ear.attempt.stage = Stage.ENDED
    await ear.hear("progress", node="1", value=9, max=9)
    assert (ear.told.values, ear.rings.rung) == ([], [])


@pytest.mark.parametrize(
    "junk",
    [
        None,
        1,
        "x",
        [],
        {},
        {"type": 1},
        {"type": "executing"},
        {"type": "executing", "data": 3},
        {"type": "executing", "data": {"node": None, "prompt_id": 3}},
    ],
)
async def test_junk_means_nothing(junk: Any) -> None:
    ear = Ear()
    await ear.hearing.hear(junk)
    await ear.hear("progress", node=[], value="a", max={})
    await ear.hear("execution_cached", nodes=5)
    assert ear.rings.rung == []
    assert ear.attempt.progress in (None, 0.0)


def test_what_is_not_json_is_nothing() -> None:
    assert parsed("{") is None
    assert parsed("[" * 100_000) is None


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        ("http://gpu:8188", "ws://gpu:8188/ws"),
        ("https://me:secret@gpu/comfy", "wss://me:secret@gpu/comfy/ws"),
    ],
)
def test_the_bell_hangs_beside_the_door(url: str, socket: str) -> None:
    assert websocket_url(url) == socket
