"""The simulator against recordings of the real ComfyUI: the same requests, laid side by side.

Where the folder of recordings is not at hand all of it skips: the facts themselves are stated in
the other test_simulator_* modules."""

import asyncio
import json
import struct
from fnmatch import fnmatch
from typing import Any

import httpx
import pytest

from tests.contracts.simulator_client import Comfy
from tests.contracts.simulator_recordings import (
    body_of,
    differences,
    like_the_recorded_one,
    message_names,
    needs_recordings,
    recording,
    stems,
)

pytestmark = needs_recordings

NOT_REPLAYED = {
    "GET <path>": "the recording hides which path it was",
    "GET /experiment/*": "routes of ComfyUI's own page, which no client of ours calls",
    "GET /internal/files/output": "lists the files of that day",
    "upload_*": "answers without their requests; test_simulator_files says the same in our words",
}


async def repeat_post(comfy: Comfy, name: str, request: Any) -> httpx.Response:
    """The request as it was sent: where a text was recorded it is the raw body, but for one."""
    method, path, headers = "POST", "/prompt", {}
    match name:
        case "GET_prompt":
            return await comfy.http.get("/prompt")
        case "wrong_method_put":
            method = "PUT"
        case "origin_mismatch":
            headers = {"Origin": "https://example.com"}
        case "api_alias":
            path = "/api/prompt"
        case _:
            pass
    content = request if isinstance(request, str) and name != "json_string" else None
    if content is None and request is not None:
        content = json.dumps(request)
    return await comfy.http.request(method, path, content=content or "", headers=headers)


async def test_every_recorded_post_gets_the_same_answer() -> None:
    found: list[str] = []
    async with like_the_recorded_one() as comfy:
        for name, case in recording("prompt_responses.json").items():
            if "response" not in case:
                (prompt_id,) = case
                ours = {prompt_id: await comfy.entry(prompt_id)}
                found += differences(case, ours, name)
                assert message_names(case[prompt_id]) == message_names(ours[prompt_id])
                continue
            answer = await repeat_post(comfy, name, case["request"])
            assert (name, answer.status_code) == (name, case["response"]["status"])
            body = case["response"]["body"]
            found += differences(body, body_of(answer), name)
            if case["response"]["headers"].get("Allow"):
                allowed = set(answer.headers["allow"].replace(" ", "").split(","))
                assert allowed == {"GET", "HEAD", "POST"}

    assert found == []


def is_left_out(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in NOT_REPLAYED)


def test_every_recorded_request_is_replayed_or_left_out_with_a_reason() -> None:
    names = recording("endpoints.json").keys()

    replayed = {name for name in names if name.startswith("GET /")} | {"view_range", *BODIES}

    assert {name for name in names - replayed if not is_left_out(name)} == set()


VIEW_HEADERS = ("Content-Type", "Content-Range", "Accept-Ranges", "Content-Disposition")


async def test_every_recorded_get_gets_the_same_answer() -> None:
    found: list[str] = []
    cases = recording("endpoints.json")
    async with like_the_recorded_one() as comfy:
        (entry,) = cases["GET /history"]["body"].values()
        await comfy.made(entry["prompt"][2], prompt_id="v")
        for name, case in cases.items():
            if not name.startswith("GET /") or is_left_out(name):
                continue
            answer = await comfy.http.get(name.removeprefix("GET "))
            assert (name, answer.status_code) == (name, case["status"])
            if isinstance(case["body"], dict | list):
                found += differences(case["body"], answer.json(), name)
            for header in VIEW_HEADERS if "/view?" in name and answer.status_code == 200 else ():
                assert (name, answer.headers.get(header)) == (name, case["headers"].get(header))
        view = "/view?filename=imgs_00001_.png&subfolder=v"
        part = await comfy.http.get(view, headers={"Range": "bytes=0-9"})
        assert part.status_code == cases["view_range"]["status"]
        assert len(part.content) == 10

    assert found == []


BODIES: dict[str, str | bytes] = {
    "free_empty_obj": "{}",
    "free_both": '{"unload_models": true, "free_memory": true}',
    "free_no_body": "",
    "free_malformed": "{",
    "prompt_101MB": b" " * 101 * 1024 * 1024,
}


async def test_free_and_a_body_beyond_the_limit_get_the_same_answer() -> None:
    cases = recording("endpoints.json")
    async with like_the_recorded_one() as comfy:
        for name, content in BODIES.items():
            path = "/prompt" if name.startswith("prompt") else "/free"
            answer = await comfy.http.post(path, content=content)
            recorded = cases[name]
            assert (name, answer.status_code, answer.text) == (
                name,
                recorded["status"],
                recorded["body"],
            )


QUEUE_OPERATIONS = {
    "queue_delete_running": ("/queue", '{"delete": ["run1"]}'),
    "queue_delete_unknown": ("/queue", '{"delete": ["unknown"]}'),
    "queue_delete_string": ("/queue", '{"delete": "text"}'),
    "queue_empty_obj": ("/queue", "{}"),
    "queue_delete_int": ("/queue", '{"delete": 5}'),
    "queue_malformed": ("/queue", "{"),
    "queue_clear_false": ("/queue", '{"clear": false}'),
    "interrupt_pending_id": ("/interrupt", '{"prompt_id": "p0"}'),
    "interrupt_unknown_id": ("/interrupt", '{"prompt_id": "unknown"}'),
    "interrupt_global_array": ("/interrupt", "[]"),
    "interrupt_global_null": ("/interrupt", "null"),
    "history_delete_running": ("/history", '{"delete": ["run1"]}'),
    "history_delete": ("/history", '{"delete": ["unknown"]}'),
    "queue_delete_pending": ("/queue", '{"delete": ["p1"]}'),
    "interrupt_running_id": ("/interrupt", '{"prompt_id": "run1"}'),
    "history_clear": ("/history", '{"clear": true}'),
}


async def test_the_recorded_queue_is_built_again_and_treated_the_same() -> None:
    cases = recording("queue_ops.json")
    queue = cases["queue_running_and_pending"]["body"]
    found: list[str] = []
    async with like_the_recorded_one(step_seconds=0.05) as comfy:
        await comfy.made({"1": queue["queue_pending"][0][2]["1"], **_save("warm")})
        for number, prompt_id, prompt, extra_data, _ in _in_order_of_posting(queue):
            more = {} if isinstance(number, int) else {"number": number}
            await comfy.submit(prompt, prompt_id=prompt_id, front=number < 0, **more, **extra_data)
            if prompt_id == "run1":
                await comfy.until_running("run1")
        ours = (await comfy.http.get("/queue")).json()
        found += differences(queue["queue_running"], ours["queue_running"], "running")
        waiting = sorted(ours["queue_pending"], key=lambda item: float(item[0]))
        recorded = sorted(queue["queue_pending"], key=lambda item: float(item[0]))
        assert [item[:2] for item in waiting] == [item[:2] for item in recorded]
        for name, (path, content) in QUEUE_OPERATIONS.items():
            answer = await comfy.http.post(path, content=content)
            assert (name, answer.status_code) == (name, cases[name]["status"])
            assert answer.text == cases[name]["body"]
        await comfy.until_idle()

        order = [run.prompt_id for run in comfy.simulator.runs][1:]
        assert order == recording("job_interrupted_targeted.json")["exec_order_of_queue"][1:]
    assert found == []


def _save(prefix: str) -> dict[str, Any]:
    inputs = {"images": ["1", 0], "filename_prefix": prefix}
    return {"2": {"class_type": "SaveImage", "inputs": inputs}}


def _in_order_of_posting(queue: dict[str, Any]) -> list[list[Any]]:
    """The number of a front job is the counter, negated; an explicit number counts nothing."""
    items = [*queue["queue_running"], *queue["queue_pending"]]
    return sorted(items, key=lambda item: (isinstance(item[0], float), abs(item[0])))


@pytest.mark.parametrize(
    ("file", "case"),
    [
        ("more.json", "error_job_partial_outputs"),
        ("more.json", "failed_job_lists_cached_outputs"),
        ("worker_killers.json", "cycle_undeclared_input_history"),
        ("worker_killers.json", "killer_orphan_link_to_missing_node"),
        ("worker_killers.json", "killer_orphan_dict_value_mixed_keys"),
        ("worker_killers.json", "killer_extra_pnginfo_list"),
    ],
)
async def test_a_recorded_history_comes_out_again(file: str, case: str) -> None:
    recorded = recording(file)[case]
    recorded = recorded.get("history", recorded)
    entry = recorded if "prompt" in recorded else next(iter(recorded.values()))
    _, prompt_id, prompt, extra_data, _ = entry["prompt"]
    async with like_the_recorded_one() as comfy:
        if case == "failed_job_lists_cached_outputs":
            await comfy.made({node_id: prompt[node_id] for node_id in ("1", "2")})

        ours = await comfy.made(prompt, prompt_id=prompt_id, extra_data=extra_data)

        assert list(differences(entry["prompt"][1:], ours["prompt"][1:])) == []
        assert list(differences(entry["status"], ours["status"])) == []
        assert message_names(ours) == message_names(entry)
        if case != "error_job_partial_outputs":  # which of its two outputs comes first is open
            assert (stems(ours), ours["meta"].keys()) == (stems(entry), entry["meta"].keys())


async def test_the_greetings_are_the_recorded_ones() -> None:
    cases = recording("ws_connect_messages.json")
    async with like_the_recorded_one() as comfy:
        for case, client_id in {"B_noflags": "client-B", "N_no_clientId": None}.items():
            async with comfy.listening(client_id) as listening:
                assert list(differences(cases[case][0]["text"], listening.greeting)) == []


async def test_a_png_has_the_recorded_chunks() -> None:
    recorded = recording("files_and_restart.json")["png_metadata"]
    extra_data = recorded["history_extra_data"]
    prompt = json.loads(recorded["text"]["prompt"])
    async with like_the_recorded_one() as comfy:
        await comfy.made(prompt, extra_data=extra_data)
        (path,) = await asyncio.to_thread(lambda: list(comfy.simulator.output_dir.glob("*.png")))
        content = path.read_bytes()

    chunks = list(_chunks(content))
    assert [kind for kind, _ in chunks] == [kind for kind, _ in recorded["chunks"]]
    texts = dict(text.split(b"\0", 1) for kind, text in chunks if kind == "tEXt")
    assert {key.decode(): value.decode() for key, value in texts.items()} == recorded["text"]


def _chunks(png: bytes) -> list[tuple[str, bytes]]:
    found, position = [], 8
    while position < len(png):
        (length,) = struct.unpack(">I", png[position : position + 4])
        kind = png[position + 4 : position + 8].decode()
        found.append((kind, png[position + 8 : position + 8 + length]))
        position += 12 + length
    return found
