"""POST /prompt: what is accepted, what is refused and in which shape (comfyui.md, section 2)."""

import asyncio
import json
from typing import Any

import pytest

from tests.contracts.simulator_client import (
    CHECKPOINT,
    Graph,
    last_message,
    simulated,
    solid,
    text_to_image,
)


def changed(graph: Graph, node_id: str, **inputs: Any) -> Graph:
    graph[node_id]["inputs"].update(inputs)
    return graph


async def test_an_accepted_prompt_gets_an_id_a_number_and_no_errors() -> None:
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", json={"prompt": solid(), "unknown": 1})

        assert answer.status_code == 200
        assert answer.json()["number"] == 0
        assert answer.json()["node_errors"] == {}
        assert last_message(await comfy.entry(answer.json()["prompt_id"])) == "execution_success"


@pytest.mark.parametrize(
    ("given", "used"), [(12345, "12345"), (None, "None"), ("a/b ?c", "a/b ?c")]
)
async def test_a_prompt_id_is_used_as_text_whatever_it_is(given: object, used: str) -> None:
    async with simulated() as comfy:
        assert await comfy.submit(solid(), prompt_id=given) == used


async def test_the_same_id_twice_runs_twice_and_history_keeps_the_last() -> None:
    async with simulated() as comfy:
        await comfy.submit(solid(prefix="twice/first"), prompt_id="same")
        await comfy.submit(solid(prefix="twice/second"), prompt_id="same")
        await comfy.until_idle()

        entry = await comfy.entry("same")
        assert comfy.runs_of("same") == ["success", "success"]
        assert entry["outputs"]["2"]["images"][0]["filename"] == "second_00001_.png"


async def test_the_counter_counts_rejected_posts_but_not_given_numbers() -> None:
    async with simulated() as comfy:

        async def number(**more: Any) -> object:
            answer = await comfy.http.post("/prompt", json={"prompt": solid(), **more})
            return answer.json()["number"]

        assert await number() == 0
        assert await number(number=7.5, front=True) == 7.5
        assert (await comfy.http.post("/prompt", json={"prompt": {}})).status_code == 400
        assert await number() == 2
        assert await number(front=True) == -3
        assert await number(number="3") == 3.0


async def test_nan_as_number_makes_the_queue_invalid_json_for_everybody() -> None:
    async with simulated(step_seconds=0.05) as comfy:
        await comfy.submit(text_to_image(steps=100))
        body = json.dumps({"prompt": solid(), "number": float("nan")})

        assert (await comfy.http.post("/prompt", content=body)).status_code == 200

        assert "NaN" in (await comfy.http.get("/queue")).text


@pytest.mark.parametrize(
    "body",
    [
        "",
        '{"prompt": {',
        "null",
        '{"prompt": null}',
        '{"prompt": "abc"}',
        '{"prompt": {"1": 5}}',
        json.dumps({"prompt": solid(), "number": "abc"}),
        json.dumps({"prompt": solid(), "extra_data": None, "client_id": "c"}),
        json.dumps({"prompt": solid(), "extra_data": [1], "client_id": "c"}),
    ],
)
async def test_a_body_that_crashes_the_handler_is_a_plain_500(body: str) -> None:
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", content=body)

        assert answer.status_code == 500
        assert answer.headers["content-type"].startswith("text/plain")
        assert await comfy.queued() == ([], [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ([1, 2], "no_prompt"),
        ("x", "no_prompt"),
        ({"foo": 1}, "no_prompt"),
        ({"prompt": {}}, "prompt_no_outputs"),
        ({"prompt": []}, "prompt_no_outputs"),
        ({"prompt": {"1": solid()["1"]}}, "prompt_no_outputs"),
        ({"prompt": solid(), "partial_execution_targets": ["77"]}, "prompt_no_outputs"),
        ({"prompt": {"1": {"class_type": "NoSuchNode", "inputs": {}}}}, "invalid_prompt"),
        ({"prompt": {"1": {"inputs": {}}}}, "invalid_prompt"),
    ],
)
async def test_a_graph_that_is_none_is_refused_without_node_errors(body: object, kind: str) -> None:
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", json=body)

        assert answer.status_code == 400
        assert answer.json()["error"].keys() == {"type", "message", "details", "extra_info"}
        assert (answer.json()["error"]["type"], answer.json()["node_errors"]) == (kind, {})


@pytest.mark.parametrize(
    ("node_id", "inputs", "kind"),
    [
        ("5", {"width": 8}, "value_smaller_than_min"),
        ("5", {"width": 10**6}, "value_bigger_than_max"),
        ("5", {"width": "abc"}, "invalid_input_type"),
        ("5", {"width": None}, "invalid_input_type"),
        ("3", {"seed": -1}, "value_smaller_than_min"),
        ("3", {"seed": 2**64}, "value_bigger_than_max"),
        ("3", {"sampler_name": "nosuch"}, "value_not_in_list"),
        ("4", {"ckpt_name": "nosuch.safetensors"}, "value_not_in_list"),
        ("10", {"lora_name": "nosuch.safetensors"}, "value_not_in_list"),
        ("8", {"samples": ["4", 0]}, "return_type_mismatch"),
        ("8", {"samples": ["3"]}, "bad_linked_input"),
        ("8", {"samples": ["3", 9]}, "exception_during_inner_validation"),
        ("8", {"samples": ["99", 0]}, "exception_during_inner_validation"),
        ("9", {"images": ["99", 0]}, "exception_during_validation"),
        ("9", {"images": [8, 0]}, "exception_during_validation"),
    ],
)
async def test_an_invalid_input_is_told_at_its_node(
    node_id: str, inputs: dict[str, Any], kind: str
) -> None:
    async with simulated() as comfy:
        graph = changed(text_to_image(), node_id, **inputs)

        answer = await comfy.http.post("/prompt", json={"prompt": graph})

        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "prompt_outputs_failed_validation"
        errors = answer.json()["node_errors"][node_id]
        assert errors.keys() == {"errors", "dependent_outputs", "class_type"}
        assert [error["type"] for error in errors["errors"]] == [kind]
        assert errors["dependent_outputs"] == ["9"]
        # Only what is wrong with the output node itself is told outside of node_errors.
        assert bool(answer.json()["error"]["details"]) == (node_id == "9")


async def test_a_missing_input_is_told_with_its_name() -> None:
    async with simulated() as comfy:
        graph = text_to_image()
        del graph["3"]["inputs"]["seed"]

        body = (await comfy.http.post("/prompt", json={"prompt": graph})).json()

        error = body["node_errors"]["3"]["errors"][0]
        assert error["type"] == "required_input_missing"
        assert error["extra_info"] == {"input_name": "seed"}


async def test_a_refused_choice_tells_the_choices_unless_they_are_many() -> None:
    async with simulated(samplers=tuple(f"sampler-{i}" for i in range(21))) as comfy:
        graph = changed(text_to_image(), "4", ckpt_name="nosuch")

        body = (await comfy.http.post("/prompt", json={"prompt": graph})).json()

        checkpoint = body["node_errors"]["4"]["errors"][0]["extra_info"]
        sampler = body["node_errors"]["3"]["errors"][0]["extra_info"]
        assert CHECKPOINT in checkpoint["input_config"][0]
        assert sampler["input_config"] is None
        assert (checkpoint["received_value"], sampler["received_value"]) == ("nosuch", "euler")


async def test_a_cycle_is_refused_without_saying_where() -> None:
    graph: Graph = {
        "1": {"class_type": "ImageInvert", "inputs": {"image": ["3", 0]}},
        "3": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", json={"prompt": graph})

        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "prompt_outputs_failed_validation"
        assert (answer.json()["error"]["details"], answer.json()["node_errors"]) == ("", {})


async def test_one_good_output_of_two_is_accepted_with_node_errors_and_runs_alone() -> None:
    graph = solid()
    graph["4"] = {"class_type": "EmptyImage", "inputs": {**graph["1"]["inputs"], "width": 0}}
    graph["3"] = {
        "class_type": "SaveImage",
        "inputs": {"images": ["4", 0], "filename_prefix": "bad"},
    }
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", json={"prompt": graph})

        assert answer.status_code == 200
        assert answer.json()["node_errors"]["4"]["dependent_outputs"] == ["3"]
        entry = await comfy.entry(answer.json()["prompt_id"])
        assert entry["prompt"][4] == ["2"]
        assert entry["outputs"].keys() == {"2"}


async def test_numbers_given_as_text_are_changed_in_place() -> None:
    async with simulated() as comfy:
        graph = changed(solid(), "1", width="72", height=64.9)

        entry = await comfy.made(graph)

        inputs = entry["prompt"][2]["1"]["inputs"]
        assert (inputs["width"], inputs["height"]) == (72, 64)


async def test_text_where_an_image_is_expected_is_accepted_and_fails_later() -> None:
    async with simulated() as comfy:
        entry = await comfy.made(changed(solid(), "2", images="not a link"))

        assert last_message(entry) == "execution_error"
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
        error = entry["status"]["messages"][-1][1]
        assert (error["node_id"], error["node_type"]) == ("2", "SaveImage")
        assert error["exception_message"].endswith("\n")


async def test_load_image_of_a_missing_file_is_refused() -> None:
    graph = solid()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": "nofile.png"}}
    async with simulated() as comfy:
        answer = await comfy.http.post("/prompt", json={"prompt": graph})

        errors = answer.json()["node_errors"]["1"]["errors"]
        assert [error["type"] for error in errors] == ["custom_validation_failed"]


async def test_a_class_that_is_not_installed_is_refused_like_an_unknown_one() -> None:
    async with simulated(missing_nodes=frozenset({"LoraLoader"})) as comfy:
        answer = await comfy.http.post("/prompt", json={"prompt": text_to_image()})

        assert answer.json()["error"]["type"] == "invalid_prompt"
        assert (await comfy.http.get("/object_info/LoraLoader")).json() == {}


async def test_put_is_not_allowed_and_another_sites_page_is_turned_away() -> None:
    async with simulated() as comfy:
        put = await comfy.http.put("/prompt", json={"prompt": solid()})
        origin = {"Origin": "https://example.com"}
        foreign = await comfy.http.post("/prompt", json={"prompt": solid()}, headers=origin)
        own = await comfy.http.get("/queue", headers={"Origin": comfy.url})

        assert (put.status_code, put.text) == (405, "405: Method Not Allowed")
        assert (foreign.status_code, foreign.text) == (403, "")
        assert own.status_code == 200


async def test_every_route_is_also_under_api() -> None:
    async with simulated() as comfy:
        answer = await comfy.http.post("/api/prompt", json={"prompt": solid(), "prompt_id": "a"})
        await comfy.entry("a")

        assert answer.status_code == 200
        assert "a" in (await comfy.http.get("/api/history/a")).json()
        assert (await comfy.http.get("/api/jobs")).status_code == 404


async def test_a_post_whose_sender_hangs_up_runs_if_its_body_was_complete() -> None:
    async with simulated() as comfy:
        whole = json.dumps({"prompt": solid(), "prompt_id": "whole"}).encode()
        half = json.dumps({"prompt": solid(), "prompt_id": "half"}).encode()

        await _post_and_hang_up(comfy.url, whole, length=len(whole))
        await _post_and_hang_up(comfy.url, half[:40], length=len(half))

        assert last_message(await comfy.entry("whole")) == "execution_success"
        await comfy.made(solid())
        assert comfy.runs_of("half") == []


async def _post_and_hang_up(url: str, body: bytes, *, length: int) -> None:
    host, port = url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /prompt HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
