"""What can be made to go wrong: with jobs, with requests, with the whole program."""

import asyncio
import io

import httpx
import pytest
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from deploy.comfyui_simulator.faults import (
    FileFaultKind,
    JobFault,
    RequestFault,
    device_error,
    out_of_memory,
)
from tests.contracts.simulator_client import (
    PATIENCE,
    Comfy,
    file_of,
    last_message,
    simulated,
    solid,
    text_to_image,
)


async def error_of(comfy: Comfy, prefix: str = "a/x") -> dict[str, object]:
    entry = await comfy.made(text_to_image(prefix=prefix))
    assert last_message(entry) == "execution_error"
    error = entry["status"]["messages"][-1][1]
    assert isinstance(error, dict)
    return error


async def test_a_node_fails_as_often_as_it_was_told() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(out_of_memory(times=1))

        error = await error_of(comfy)

        assert "OutOfMemory" in str(error["exception_type"])
        assert last_message(await comfy.made(text_to_image())) == "execution_success"


async def test_a_failure_can_be_aimed_at_a_class_of_node_and_at_a_job() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(
            JobFault(kind="execution_error", node_type="KSampler", where="job-7", message="no")
        )

        spared = await comfy.made(text_to_image(seed=6, prefix="job-6/x"))
        assert last_message(spared) == "execution_success"
        error = await error_of(comfy, prefix="job-7/x")
        assert (error["node_type"], error["exception_message"]) == ("KSampler", "no\n")


async def test_a_lost_device_fails_every_job_until_the_fault_is_cleared() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(device_error())
        for _ in range(3):
            assert "CUDA error" in str((await error_of(comfy))["exception_message"])

        comfy.simulator.faults.clear()
        assert last_message(await comfy.made(solid())) == "execution_success"


async def test_a_job_can_be_refused_or_accepted_with_node_errors() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(
            JobFault(kind="refused", times=1), JobFault(kind="node_errors", times=1)
        )

        refused = await comfy.http.post("/prompt", json={"prompt": solid()})
        accepted = await comfy.http.post("/prompt", json={"prompt": solid()})

        assert (refused.status_code, accepted.status_code) == (400, 200)
        assert refused.json()["node_errors"].keys() == accepted.json()["node_errors"].keys()
        assert last_message(await comfy.entry(accepted.json()["prompt_id"])) == "execution_success"


@pytest.mark.parametrize("kind", ["torn_file", "no_file", "bomb_file", "not_an_image"])
async def test_a_spoilt_file_is_told_as_success(kind: FileFaultKind) -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(JobFault(kind=kind))

        entry = await comfy.made(text_to_image())
        answer = await comfy.http.get("/view", params=file_of(entry))

        assert last_message(entry) == "execution_success"
        if kind == "no_file":
            assert answer.status_code == 404
            return
        with pytest.raises((OSError, Image.DecompressionBombError)):
            Image.open(io.BytesIO(answer.content)).load()


async def test_success_may_name_no_file_though_there_is_one() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(JobFault(kind="no_output"))

        entry = await comfy.made(solid(prefix="there/x"))

        assert (last_message(entry), entry["outputs"]["2"]["images"]) == ("execution_success", [])
        assert (comfy.simulator.output_dir / "there/x_00001_.png").is_file()


async def test_a_forgotten_job_is_in_neither_queue_nor_history_but_its_file_is_there() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(JobFault(kind="forgotten", times=1))
        await comfy.submit(solid(prefix="forgotten/x"), prompt_id="p")
        await comfy.until_idle()

        assert (await comfy.http.get("/history/p")).json() == {}
        assert (comfy.simulator.output_dir / "forgotten/x_00001_.png").is_file()
        assert comfy.runs_of("p") == ["success"]


async def test_a_dead_worker_leaves_http_alive() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(JobFault(kind="worker_dies", where="killer"))
        await comfy.submit(solid(), prompt_id="killer")
        await comfy.until_running("killer")
        await comfy.submit(solid(), prompt_id="behind")

        await comfy.http.post("/interrupt", json={})
        await comfy.http.post("/queue", json={"clear": True})
        assert await comfy.queued() == (["killer"], [])


async def test_a_request_fault_hits_its_path_and_method_under_api_too() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(RequestFault(kind="error", path="/queue", method="GET"))

        assert (await comfy.http.get("/queue")).status_code == 500
        assert (await comfy.http.get("/api/queue")).status_code == 500
        assert (await comfy.http.post("/queue", json={})).status_code == 200
        assert (await comfy.http.get("/history/x")).status_code == 200


async def test_a_cut_post_did_nothing_and_one_with_its_answer_cut_did_all() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(
            RequestFault(kind="cut", path="/prompt", times=1),
            RequestFault(kind="answer_cut", path="/prompt", times=1),
        )
        for prompt_id in ("cut", "answer-cut"):
            with pytest.raises(httpx.TransportError):
                await comfy.submit(solid(), prompt_id=prompt_id)

        assert last_message(await comfy.entry("answer-cut")) == "execution_success"
        assert comfy.runs_of("cut") == []


async def test_a_request_may_never_be_answered_or_only_late() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(
            RequestFault(kind="hang", path="/prompt", times=1),
            RequestFault(kind="answer_hang", path="/prompt", times=1),
            RequestFault(kind="hang", path="/prompt", seconds=0.6, times=1),
        )
        impatient = httpx.Timeout(PATIENCE, read=0.3)
        for prompt_id in ("never", "unanswered", "late"):
            body = {"prompt": solid(), "prompt_id": prompt_id}
            with pytest.raises(httpx.ReadTimeout):
                await comfy.http.post("/prompt", json=body, timeout=impatient)

        await comfy.entry("unanswered")
        assert last_message(await comfy.entry("late")) == "execution_success"
        assert comfy.runs_of("never") == []


async def test_the_websocket_can_be_refused_while_http_works() -> None:
    async with simulated() as comfy:
        comfy.simulator.add_faults(RequestFault(kind="error", path="/ws", status=404))

        with pytest.raises(InvalidStatus) as refusal:
            await connect(comfy.url.replace("http", "ws") + "/ws?clientId=me")

        assert refusal.value.response.status_code == 404
        assert last_message(await comfy.made(solid())) == "execution_success"


async def test_a_stopped_simulator_refuses_connections_and_comes_back_empty() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await comfy.made(solid(), prompt_id="done")
        await comfy.submit(text_to_image(steps=10_000), prompt_id="running")
        await comfy.until_running("running")
        await comfy.submit(solid(), prompt_id="pending")

        await comfy.simulator.stop()
        with pytest.raises(httpx.ConnectError):
            await comfy.http.get("/queue")
        await comfy.simulator.start()

        assert await comfy.queued() == ([], [])
        for prompt_id in ("done", "running", "pending"):
            assert (await comfy.http.get(f"/history/{prompt_id}")).json() == {}
        answer = await comfy.http.post("/prompt", json={"prompt": solid()})
        assert answer.json()["number"] == 0
        assert comfy.runs_of("running") == ["lost"]


async def test_faults_behaviour_and_log_are_also_reached_over_http() -> None:
    async with simulated() as comfy:
        orders = {
            "jobs": [{"kind": "execution_error", "times": 1}],
            "requests": [{"kind": "error", "path": "/system_stats"}],
            "behaviour": {"checkpoints": ["new.safetensors"]},
        }
        answer = await comfy.http.post("/simulator/faults", json=orders)
        assert answer.json()["behaviour"]["checkpoints"] == ["new.safetensors"]
        assert (await comfy.http.post("/simulator/faults", json={"nonsense": 1})).status_code == 422

        assert last_message(await comfy.made(solid(), prompt_id="p")) == "execution_error"
        assert (await comfy.http.get("/system_stats")).status_code == 500
        await comfy.http.delete("/simulator/faults")
        assert (await comfy.http.get("/system_stats")).status_code == 200

        log = (await comfy.http.get("/simulator/log")).json()
        assert [(run["prompt_id"], run["outcome"]) for run in log["runs"]] == [("p", "error")]
        assert 0 < log["busy_seconds"] <= log["wall_seconds"]
        assert log["busy_share"] == pytest.approx(1)

        await comfy.http.post("/simulator/forget", json={"prompt_id": "p"})
        assert (await comfy.http.get("/history/p")).json() == {}
        await comfy.http.delete("/simulator/log")
        assert (await comfy.http.get("/simulator/log")).json()["runs"] == []


async def test_a_restart_and_the_death_of_the_worker_can_be_ordered_over_http() -> None:
    async with simulated() as comfy, comfy.listening("me") as listening:
        await comfy.made(solid(), prompt_id="before")
        await comfy.http.post("/simulator/kill_worker")
        await comfy.submit(solid(), prompt_id="stuck")
        assert await comfy.queued() == ([], ["stuck"])

        await comfy.http.post("/simulator/restart")
        with pytest.raises(ConnectionClosed):
            await listening.until("never told")
        async with asyncio.timeout(PATIENCE):
            while not await is_up(comfy):
                await asyncio.sleep(0.01)

        assert (await comfy.http.get("/history/before")).json() == {}
        assert last_message(await comfy.made(solid())) == "execution_success"


async def is_up(comfy: Comfy) -> bool:
    try:
        return (await comfy.http.get("/prompt")).status_code == 200
    except httpx.TransportError:
        return False
