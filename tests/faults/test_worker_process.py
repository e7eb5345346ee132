"""The worker as a process of its own, on a real broker: killed, ended, cut off, misconfigured."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.server import serve
from deploy.comfyui_simulator.simulator import Simulator
from services.comfyui_worker.identity import prompt_id_of
from shared.bus.amqp import AmqpBus
from shared.jobs import FailureCode, Phase
from shared.messages import Generate
from tests.infrastructure.processes import ChildProcess, Processes, darkroom
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import QUICK
from tests.integration.comfyui_worker.peer import Peer, ref_of, text_to_image


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[Simulator]:
    simulator = Simulator(Behaviour(step_seconds=0.1), output_dir=tmp_path / "output")
    async with serve(simulator):
        yield simulator


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.end()


@asynccontextmanager
async def listening(amqp_url: str) -> AsyncIterator[Peer]:
    async with AmqpBus(amqp_url, name="peer") as bus:
        peer = Peer(bus)
        async with peer.listening():
            yield peer


def worker(
    processes: Processes, simulator: Simulator, amqp_url: str, **environment: str
) -> ChildProcess:
    assert simulator.server is not None
    said = {
        "AMQP_URL": amqp_url,
        "COMFYUI_URL": simulator.server.url,
        "WORKER_ID": "gpu-1",
        "MEDIA_URL": str(simulator.output_dir.parent / "media"),
        "WORKER_TIMING": json.dumps(asdict(QUICK)),
    }
    return processes.add("gpu-1", darkroom("worker"), environment=said | environment)


def outcomes(simulator: Simulator, order: Generate) -> list[str]:
    prompt_id = prompt_id_of(ref_of(order))
    return [run.outcome for run in simulator.runs if run.prompt_id == prompt_id]


async def test_killed_in_the_middle_its_next_life_finds_the_prompts(
    simulator: Simulator, processes: Processes, amqp_url: str
) -> None:
    orders = [text_to_image(steps=20), text_to_image(), text_to_image()]
    gpu = worker(processes, simulator, amqp_url)

    async with listening(amqp_url) as peer:
        await gpu.start()
        await until(lambda: peer.heartbeats and peer.last.accepting, within=30)
        first_life = peer.last.instance_id
        await peer.give(*orders)
        await until(lambda: outcomes(simulator, orders[0]) == ["running"])
        await peer.holds(orders[1], Phase.SUBMITTED)

        await gpu.restart()
        await until(lambda: peer.last.instance_id != first_life, within=30)
        await peer.give(*orders)
        for order in orders:
            await peer.output_of(order)
        await until(lambda: not peer.last.attempts)

    assert [outcomes(simulator, order) for order in orders] == [["success"]] * 3
    assert peer.failures == []


async def test_sigterm_hands_back_what_waits_and_ends_in_time(
    simulator: Simulator, processes: Processes, amqp_url: str
) -> None:
    running, pending = text_to_image(steps=100), text_to_image()
    gpu = worker(processes, simulator, amqp_url)

    async with listening(amqp_url) as peer:
        await gpu.start()
        await until(lambda: peer.heartbeats and peer.last.accepting, within=30)
        await peer.give(running, pending)
        await peer.holds(pending, Phase.SUBMITTED)
        await until(lambda: outcomes(simulator, running) == ["running"])
        status = await gpu.terminate()
        failure = await peer.failure_of(pending)
        await until(lambda: not peer.last.accepting)

    assert status == 0
    assert failure.code is FailureCode.HANDED_BACK
    assert outcomes(simulator, running) == ["running"]
    assert simulator.memory.queue.pending == []


async def test_cut_off_from_the_broker_it_goes_on_and_reports_later(
    simulator: Simulator, processes: Processes, amqp_url: str
) -> None:
    orders = [text_to_image(steps=10), text_to_image()]
    address = urlsplit(amqp_url)
    assert address.port

    async with TcpProxy(address.port) as wire, listening(amqp_url) as peer:
        through = amqp_url.replace(f":{address.port}", f":{wire.port}")
        gpu = worker(processes, simulator, through)
        await gpu.start()
        await until(lambda: peer.heartbeats and peer.last.accepting, within=30)
        await peer.give(*orders)
        await peer.holds(orders[1], Phase.SUBMITTED)
        await wire.cut()
        await until(lambda: outcomes(simulator, orders[1]) == ["success"])
        assert peer.outputs == []

        await wire.heal()
        for order in orders:
            await peer.output_of(order)
        await until(lambda: not peer.last.attempts, within=20)

    assert [outcomes(simulator, order) for order in orders] == [["success"]] * 2
    assert peer.failures == []


async def test_a_second_one_of_the_same_name_says_what_to_do(
    simulator: Simulator, processes: Processes, amqp_url: str
) -> None:
    gpu = worker(processes, simulator, amqp_url)

    async with listening(amqp_url) as peer:
        await gpu.start()
        await until(lambda: peer.heartbeats and peer.last.accepting, within=30)
        first = peer.last.instance_id
        second = processes.add(
            "gpu-1-again",
            darkroom("worker"),
            environment={
                "AMQP_URL": amqp_url,
                "WORKER_ID": "gpu-1",
                "COMFYUI_URL": "http://127.0.0.1:9",
                "MEDIA_URL": str(simulator.output_dir.parent / "media"),
            },
        )
        await second.start()
        words = "another worker called gpu-1 is connected; set WORKER_ID"
        await until(lambda: words in second.said(), within=30)
        assert {beat.instance_id for beat in peer.heartbeats} == {first}


@pytest.mark.parametrize(
    ("name", "value"), [("WORKER_ID", "gpu.1"), ("COMFYUI_URL", "gpu"), ("WORKER_AHEAD", "-1")]
)
async def test_a_wrong_setting_stops_the_start_with_a_sentence(
    processes: Processes, name: str, value: str
) -> None:
    environment = {"AMQP_URL": "amqp://127.0.0.1:9/", name: value}
    gpu = processes.add("gpu-1", darkroom("worker"), environment=environment)
    await gpu.start()

    assert await gpu.ended() == 2
    assert name in gpu.said()
    assert "Traceback" not in gpu.said()


async def test_a_broken_workflow_stops_the_start_and_is_named(
    processes: Processes, tmp_path: Path
) -> None:
    broken = tmp_path / "workflows" / "mine"
    broken.mkdir(parents=True)
    (broken / "manifest.yaml").write_text("name: mine\ntitle: [\n")
    (broken / "graph.json").write_text("{}")
    environment = {"AMQP_URL": "amqp://127.0.0.1:9/", "WORKFLOWS_DIR": str(broken.parent)}
    gpu = processes.add("gpu-1", darkroom("worker"), environment=environment)
    await gpu.start()

    assert await gpu.ended() == 2
    assert "workflows/mine/graph.json:1:" in gpu.said()
    assert "Traceback" not in gpu.said()
