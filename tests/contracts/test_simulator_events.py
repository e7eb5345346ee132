"""/ws: who hears what, in which order, and what goes wrong there (comfyui.md, section 6)."""

import asyncio
import json
import struct
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.contracts.simulator_client import Comfy, Listening, simulated, solid, text_to_image

SAMPLING = [
    "status",
    "execution_start",
    "execution_cached",
    "progress_state",
    "executing",
    "progress_state",
]


async def told_until_next_status(comfy: Comfy, listening: Listening) -> list[str]:
    """Everything this socket hears up to the end of what runs now."""
    await comfy.until_idle()
    await listening.until("status", status={"exec_info": {"queue_remaining": 0}})
    return listening.story


async def test_a_greeting_names_the_client_and_the_queue() -> None:
    async with simulated() as comfy:
        url = comfy.url.replace("http", "ws")
        async with connect(f"{url}/ws?clientId=me") as named, connect(f"{url}/api/ws") as nameless:
            greeting = json.loads(await named.recv())
            other = json.loads(await nameless.recv())

        assert greeting == {
            "type": "status",
            "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "me"},
        }
        assert len(other["data"]["sid"]) == 32


async def test_feature_flags_are_answered_if_they_come_first() -> None:
    flags = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
    async with simulated() as comfy, comfy.listening("early") as early:
        await early.socket.send(json.dumps(flags))
        answer = await early.until("feature_flags")

        assert answer["data"] == {
            "supports_preview_metadata": True,
            "max_upload_size": 100 * 1024 * 1024,
        }

        async with comfy.listening("late") as late:
            await late.socket.send("junk")
            await late.socket.send(json.dumps(flags))
            await comfy.made(solid())
            assert "feature_flags" not in await told_until_next_status(comfy, late)


async def test_a_job_is_told_to_its_client_in_order() -> None:
    async with simulated() as comfy, comfy.listening("me") as mine, comfy.listening("you") as yours:
        prompt_id = await comfy.submit(text_to_image(steps=3), client_id="me")
        await mine.until_done(prompt_id)

        node = ["progress_state", "executing", "progress_state"]
        assert mine.story == [
            *["status", "execution_start", "execution_cached"],
            *["progress_state", "executing"] * 5,  # loader, LoRA, two texts, latent
            *["progress_state", "executing"],
            *["progress_state", "progress"] * 3,
            *node,  # VAE
            *["executing", "executed", "progress_state"],
            *["execution_success", "status", "executing"],
        ]
        assert await told_until_next_status(comfy, yours) == ["status"]


async def test_progress_counts_steps_and_repeats_all_nodes() -> None:
    async with simulated() as comfy, comfy.listening("me") as listening:
        prompt_id = await comfy.submit(text_to_image(steps=3), client_id="me")
        await listening.until_done(prompt_id)

        events = [event for event in listening.events if isinstance(event, dict)]
        steps = [event["data"] for event in events if event["type"] == "progress"]
        assert steps == [
            {"value": value, "max": 3, "prompt_id": prompt_id, "node": "3"} for value in (1, 2, 3)
        ]
        states = [event["data"]["nodes"] for event in events if event["type"] == "progress_state"]
        assert states[-1].keys() == {"3", "4", "5", "6", "7", "8", "9", "10"}
        assert states[-1]["3"] == {
            "value": 3,
            "max": 3,
            "state": "finished",
            "node_id": "3",
            "prompt_id": prompt_id,
            "display_node_id": "3",
            "parent_node_id": None,
            "real_node_id": "3",
        }


async def test_a_cached_job_tells_its_old_output_and_runs_no_node() -> None:
    graph = solid()
    async with simulated() as comfy:
        await comfy.made(graph)
        async with comfy.listening("me") as listening:
            await listening.until_done(await comfy.submit(graph, client_id="me"))

            assert listening.story == [
                "status",
                "execution_start",
                "execution_cached",
                "executed",
                "progress_state",
                "execution_success",
                "status",
                "executing",
            ]


async def test_a_failure_and_an_interrupt_end_the_story_early() -> None:
    broken = solid()
    broken["2"]["inputs"]["images"] = "not a link"
    async with simulated(step_seconds=0.01) as comfy, comfy.listening("me") as listening:
        await listening.until_done(await comfy.submit(broken, client_id="me"))
        assert listening.story == [
            *SAMPLING[:5],
            "execution_error",
            "status",
            "executing",
        ]

        listening.events.clear()
        prompt_id = await comfy.submit(text_to_image(steps=1000), client_id="me")
        await listening.until("progress")
        await comfy.http.post("/interrupt", json={"prompt_id": prompt_id})
        await listening.until_done(prompt_id)
        assert listening.story[-3:] == ["execution_interrupted", "status", "executing"]


async def test_a_job_without_client_has_its_progress_broadcast_and_nothing_else() -> None:
    async with simulated() as comfy, comfy.listening("a") as a, comfy.listening(None) as b:
        await comfy.submit(text_to_image(steps=2))

        for listening in (a, b):
            story = set(await told_until_next_status(comfy, listening))
            assert story == {"status", "progress_state", "progress"}


@pytest.mark.parametrize("client_id", ["", "nobody-connected"])
async def test_a_job_of_an_absent_client_is_told_to_nobody(client_id: str) -> None:
    async with simulated() as comfy, comfy.listening("me") as listening:
        await comfy.submit(text_to_image(steps=2), client_id=client_id)

        assert await told_until_next_status(comfy, listening) == ["status"]


async def test_success_is_told_before_the_history_has_it_and_executing_null_after() -> None:
    async with simulated(history_lag_seconds=0.2) as comfy, comfy.listening("me") as listening:
        prompt_id = await comfy.submit(solid(), client_id="me")

        await listening.until("execution_success")
        assert (await comfy.http.get(f"/history/{prompt_id}")).json() == {}

        await listening.until_done(prompt_id)
        assert prompt_id in (await comfy.http.get(f"/history/{prompt_id}")).json()


async def test_a_client_that_comes_back_is_told_the_node_that_runs_and_no_more() -> None:
    async with simulated(step_seconds=0.02) as comfy:
        async with comfy.listening("me") as listening:
            await comfy.submit(text_to_image(steps=1000), client_id="me")
            await listening.until("progress")

        async with connect(comfy.url.replace("http", "ws") + "/ws?clientId=me") as again:
            greeting, current = json.loads(await again.recv()), json.loads(await again.recv())

        assert greeting["type"] == "status"
        assert current == {"type": "executing", "data": {"node": "3"}}


async def test_of_two_sockets_with_one_id_the_newer_hears_until_the_older_closes() -> None:
    async with simulated() as comfy, AsyncExitStack() as older_open:
        older = await older_open.enter_async_context(comfy.listening("same"))
        async with comfy.listening("same") as newer, comfy.listening("other") as other:
            await newer.until_done(await comfy.submit(solid(), client_id="same"))
            assert older.events == []

            await older_open.aclose()
            newer.events.clear()
            await comfy.made(solid(), client_id="same")
            assert await told_until_next_status(comfy, other) == ["status"]

            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await newer.socket.recv()


async def test_previews_come_with_metadata_only_where_that_was_agreed() -> None:
    flags = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}
    async with simulated(previews=True) as comfy, comfy.listening("me") as listening:
        prompt_id = await comfy.submit(text_to_image(steps=2), client_id="me")
        await listening.until_done(prompt_id)
        plain = next(event for event in listening.events if isinstance(event, bytes))
        assert struct.unpack(">II", plain[:8]) == (1, 1)
        assert plain[8:10] == b"\xff\xd8"
        assert "progress_state,progress,binary" in ",".join(listening.story)

        await listening.socket.send(json.dumps(flags))
        await listening.until("feature_flags")
        listening.events.clear()
        prompt_id = await comfy.submit(text_to_image(seed=2, steps=2), client_id="me")
        await listening.until_done(prompt_id)
        rich = next(event for event in listening.events if isinstance(event, bytes))
        assert _metadata(rich)["prompt_id"] == prompt_id
        assert "progress_state,binary,progress" in ",".join(listening.story)


def _metadata(message: bytes) -> dict[str, Any]:
    event, length = struct.unpack(">II", message[:8])
    assert event == 4
    metadata = json.loads(message[8 : 8 + length])
    assert message[8 + length : 10 + length] == b"\xff\xd8"
    assert isinstance(metadata, dict)
    return metadata


async def test_a_restart_cuts_every_socket_without_a_goodbye() -> None:
    async with simulated() as comfy, comfy.listening("me") as listening:
        await comfy.simulator.restart()

        with pytest.raises(ConnectionClosed):
            await listening.next()
        assert listening.socket.close_code == 1006


async def test_a_client_id_that_is_a_list_ends_the_whole_program() -> None:
    async with simulated() as comfy:
        await comfy.submit(solid(), client_id=["me"])

        async with asyncio.timeout(10):
            await comfy.simulator.crashed.wait()
