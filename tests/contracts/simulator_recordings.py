"""Recordings of the real ComfyUI, read where they lie, and what counts as the same answer.

Same: status, keys, types, the values that are the protocol, the order of events. Not the same, on
purpose: ids, times, words for people, tooltips, which of two independent nodes comes first."""

import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.simulator_client import Comfy, simulated

FIXTURES = Path(__file__).parents[3] / "shared" / "design" / "comfyui-fixtures"
needs_recordings = pytest.mark.skipif(
    not FIXTURES.is_dir(), reason=f"the recordings are not here: {FIXTURES}"
)
THEIR_WORDS = {"tooltip", "output_tooltips", "round", "description", "dynamicPrompts"}
PROTOCOL = {
    "number",
    "type",
    "class_type",
    "dependent_outputs",
    "input_name",
    "received_value",
    "status_str",
    "completed",
    "node_id",
    "node_type",
    "display_node",
    "subfolder",
    "min",
    "max",
    "default",
    "output",
    "output_node",
    "output_is_list",
    "name",
    "category",
    "input_order",
}
ANY_LENGTH = {"traceback", "executed", "current_outputs", "argv", "nodes"}


def recording(name: str) -> dict[str, Any]:
    content = json.loads((FIXTURES / name).read_text())
    assert isinstance(content, dict)
    return content


def recorded_jobs() -> dict[str, dict[str, Any]]:
    """Those with a request, in the order in which they were posted: caches depend on it."""
    if not FIXTURES.is_dir():
        return {}
    jobs = {path.stem: recording(path.name) for path in FIXTURES.glob("job_*.json")}
    posted = {name: job for name, job in jobs.items() if "request" in job}
    return dict(sorted(posted.items(), key=lambda entry: entry[1]["post"]["body"]["number"]))


def body_of(answer: httpx.Response) -> Any:
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


def differences(recorded: Any, ours: Any, where: str = "") -> Iterator[str]:
    """One line for each place where our answer would surprise a client of the real one."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        yield from _key_differences(recorded, ours, where)
    elif isinstance(recorded, list) and isinstance(ours, list):
        yield from _list_differences(recorded, ours, where)
    elif _kind(recorded) != _kind(ours):
        yield f"{where}: {_kind(recorded)} there, {_kind(ours)} here"
    elif where.rpartition(".")[2] in PROTOCOL and repr(recorded) != repr(ours):
        yield f"{where}: {recorded!r} there, {ours!r} here"


def _key_differences(recorded: dict[str, Any], ours: dict[str, Any], where: str) -> Iterator[str]:
    for missing in recorded.keys() - ours.keys() - THEIR_WORDS:
        yield f"{where}: has no {missing!r} here"
    for extra in ours.keys() - recorded.keys() - THEIR_WORDS:
        yield f"{where}: has no {extra!r} there"
    for key in recorded.keys() & ours.keys():
        yield from differences(recorded[key], ours[key], f"{where}.{key}")


def _list_differences(recorded: list[Any], ours: list[Any], where: str) -> Iterator[str]:
    name = where.rpartition(".")[2]
    if name in ANY_LENGTH:
        recorded, ours = recorded[:1], ours[:1]
    elif len(recorded) != len(ours):
        yield f"{where}: {len(recorded)} there, {len(ours)} here"
    if name == "errors":
        recorded, ours = (
            sorted(one, key=lambda error: str(error["type"])) for one in (recorded, ours)
        )
    for mine, theirs in zip(ours, recorded, strict=False):
        yield from differences(theirs, mine, where)


def _kind(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def renamed(value: Any, names: dict[str, str]) -> Any:
    """With minted ids replaced, as keys too, so that two answers can be laid side by side."""
    text = json.dumps(value)
    for name, new in names.items():
        text = text.replace(json.dumps(name), json.dumps(new))
    return json.loads(text)


def message_names(entry: dict[str, Any]) -> list[str]:
    return [name for name, _ in entry["status"]["messages"]]


def stems(entry: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The files without their counters and random letters."""
    files = [image for output in entry["outputs"].values() for image in output["images"]]
    return [
        (re.sub(r"(_temp_[a-z]+)?_\d{5}_", "", one["filename"]), one["subfolder"], one["type"])
        for one in files
    ]


def told(messages: list[dict[str, Any]]) -> list[str]:
    """Types in order, repeats collapsed, of a recorded socket."""
    kinds = [
        f"binary{message['binary']['event']}" if "binary" in message else message["text"]["type"]
        for message in messages
    ]
    return [kind for kind, _ in itertools.groupby(kinds)]


CHECKPOINTS = ("sd15_random.safetensors", "tiny_random.safetensors")


@asynccontextmanager
async def like_the_recorded_one(**more: Any) -> AsyncIterator[Comfy]:
    sampler = recording("endpoints.json")["GET /object_info/KSampler"]["body"]["KSampler"]
    choices = sampler["input"]["required"]
    async with simulated(
        checkpoints=CHECKPOINTS,
        loras=(),
        samplers=tuple(choices["sampler_name"][0]),
        schedulers=tuple(choices["scheduler"][0]),
        **more,
    ) as comfy:
        yield comfy
