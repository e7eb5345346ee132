"""Whole jobs of the real ComfyUI, played again: what three sockets hear, what the history says.

A negotiated previews with metadata, B did not, N gave no clientId."""

import itertools
import json
import struct
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.contracts.simulator_client import Comfy, Listening
from tests.contracts.simulator_recordings import (
    differences,
    like_the_recorded_one,
    message_names,
    needs_recordings,
    recorded_jobs,
    recording,
    renamed,
    stems,
    told,
)

pytestmark = needs_recordings


async def stories(comfy: Comfy, request: dict[str, Any], sockets: dict[str, Listening]) -> str:
    """Plays one job and lets every socket hear it to its end; the id it got."""
    for listening in sockets.values():
        listening.events.clear()
    prompt_id = await comfy.submit(**{"graph": request["prompt"], **_rest(request)})
    await comfy.entry(prompt_id)
    for listening in sockets.values():
        await listening.until("status", status={"exec_info": {"queue_remaining": 0}})
    if request.get("client_id") in ("client-A", "client-B"):
        await sockets[request["client_id"][-1]].until_done(prompt_id)
    return prompt_id


def _rest(request: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key != "prompt"}


def story_of(listening: Listening) -> list[str]:
    kinds = [
        f"binary{struct.unpack('>I', event[:4])[0]}" if isinstance(event, bytes) else event["type"]
        for event in listening.events
    ]
    return [kind for kind, _ in itertools.groupby(kinds)]


async def prepare(comfy: Comfy, name: str) -> None:
    """What was done to the real one just before this job."""
    match name:
        case "job_cache_5_identical_after_file_deleted":
            (comfy.simulator.output_dir / "cache_00001_.png").unlink()
        case "job_cache_12_after_free_memory":
            await comfy.http.post("/free", json={"free_memory": True})
        case "job_cache_13_after_unload_models":
            await comfy.http.post("/free", json={"unload_models": True})
        case _:
            pass


async def test_every_recorded_job_ends_and_is_told_the_same() -> None:
    found: list[str] = []
    async with like_the_recorded_one(previews=True) as comfy, AsyncExitStack() as stack:
        sockets = {
            name: await stack.enter_async_context(comfy.listening(client_id))
            for name, client_id in {"A": "client-A", "B": "client-B", "N": None}.items()
        }
        flags = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
        await sockets["A"].socket.send(json.dumps(flags))
        await sockets["A"].until("feature_flags")
        for name, job in recorded_jobs().items():
            await prepare(comfy, name)
            prompt_id = await stories(comfy, job["request"], sockets)

            ours = await comfy.entry(prompt_id)
            recorded_id, recorded = next(iter(job["history"].items()))
            found += differences(
                renamed({**recorded, "prompt": recorded["prompt"][1:]}, {recorded_id: prompt_id}),
                {**ours, "prompt": ours["prompt"][1:]},
                name,
            )
            assert (name, message_names(ours)) == (name, message_names(recorded))
            assert (name, cached(ours)) == (name, cached(recorded))
            assert (name, stems(ours)) == (name, stems(recorded))
            for socket, listening in sockets.items():
                theirs = told(job["ws"][socket])
                assert (name, socket, story_of(listening)) == (name, socket, theirs)
                found += event_differences(
                    renamed(job["ws"][socket], {recorded_id: prompt_id}), listening, name
                )

    assert found == []


def event_differences(
    recorded: list[dict[str, Any]], listening: Listening, name: str
) -> Iterator[str]:
    """In the last event of each type, and in which nodes ran at all."""
    theirs = [message["text"] for message in recorded if "text" in message]
    ours = [event for event in listening.events if isinstance(event, dict)]
    last = {event["type"]: event["data"] for event in ours}
    for kind, data in {event["type"]: event["data"] for event in theirs}.items():
        yield from differences(data, last[kind], f"{name}.{kind}")
    if nodes_run(theirs) != nodes_run(ours):
        yield f"{name}: {nodes_run(theirs)} ran there, {nodes_run(ours)} here"


def nodes_run(events: list[dict[str, Any]]) -> set[str]:
    told = [event["data"]["node"] for event in events if event["type"] == "executing"]
    return {node for node in told if node is not None}


def cached(entry: dict[str, Any]) -> set[str]:
    return set(entry["status"]["messages"][1][1]["nodes"])


async def test_the_order_of_replay_is_the_order_of_the_caches() -> None:
    numbers = [job["post"]["body"]["number"] for job in recorded_jobs().values()]

    assert len(numbers) > 20
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("case", "content"),
    [
        ("targeted", '{"prompt_id": "run1"}'),
        ("global_no_body", ""),
        ("global_empty_obj", "{}"),
        ("global_malformed", "{"),
    ],
)
async def test_a_recorded_interrupt_ends_the_job_the_same_way(case: str, content: str) -> None:
    recorded = recording(f"job_interrupted_{case}.json")
    entry = recorded["history"].get("run1", recorded["history"])
    _, prompt_id, prompt, extra_data, _ = entry["prompt"]
    server = like_the_recorded_one(step_seconds=0.02)
    async with server as comfy, comfy.listening("client-B") as listening:
        await comfy.submit(prompt, prompt_id=prompt_id, extra_data=extra_data)
        await listening.until("progress")
        answer = await comfy.http.post("/interrupt", content=content)
        ours = await comfy.entry(prompt_id)
        await listening.until("status", status={"exec_info": {"queue_remaining": 0}})
        if "client_id" in extra_data:
            await listening.until_done(prompt_id)

    assert answer.status_code == 200
    assert message_names(ours) == message_names(entry)
    assert list(differences(entry["status"], ours["status"])) == []
    end = told(without_previews(recorded["ws_B"]))[-3:]
    if case != "targeted":  # there other jobs went on afterwards
        assert story_of(listening)[-3:] == end


def without_previews(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message for message in messages if "text" in message]
