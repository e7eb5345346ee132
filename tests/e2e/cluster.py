"""The five services and simulators as separate processes, over a real broker and database."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, Processes, darkroom
from tests.infrastructure.simulator import SimulatorProcess
from tests.infrastructure.waiting import until

FINAL = {"completed", "failed", "cancelled"}


@dataclass
class Cluster:
    """Names of processes: gateway, notifier, content, dispatcher-N, and a worker by its id."""

    processes: Processes
    directory: Path
    database_url: str
    amqp_url: str
    gateway_port: int = field(default_factory=free_port)
    notifier_port: int = field(default_factory=free_port)
    children: dict[str, ChildProcess] = field(default_factory=dict)
    journals: dict[str, Path] = field(default_factory=dict)
    timing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # of a service

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.gateway_port}/api/v1/events"

    @property
    def media(self) -> Path:
        return self.directory / "media"

    def service(self, name: str, command: str, **environment: str) -> ChildProcess:
        health = free_port()
        said = {
            "DATABASE_URL": self.database_url,
            "AMQP_URL": self.amqp_url,
            "MEDIA_URL": str(self.media),
            "HEALTH_PORT": str(health),
            "LOG_JSON": "true",
        }
        if command in self.timing:
            said[f"{command.upper()}_TIMING"] = json.dumps(self.timing[command])
        child = self.processes.add(
            name, darkroom(command), environment=said | environment, health_port=health
        )
        self.children[name] = child
        return child

    def gateway(self, **environment: str) -> ChildProcess:
        return self.service(
            "gateway",
            "gateway",
            PORT=str(self.gateway_port),
            NOTIFIER_URL=f"ws://127.0.0.1:{self.notifier_port}/api/v1/events",
            **environment,
        )

    def notifier(self, **environment: str) -> ChildProcess:
        return self.service(
            "notifier", "notifier", NOTIFIER_PORT=str(self.notifier_port), **environment
        )

    async def simulator(self, name: str, *options: str) -> str:
        """Starts it; its URL."""
        simulator = SimulatorProcess(self.processes, self.directory, name, *options)
        self.journals[name], self.children[name] = simulator.journal, simulator.child
        await simulator.start()
        return simulator.url

    def worker(self, worker_id: str, comfyui_url: str, **environment: str) -> ChildProcess:
        return self.service(
            worker_id, "worker", WORKER_ID=worker_id, COMFYUI_URL=comfyui_url, **environment
        )

    async def start(self, *children: ChildProcess) -> None:
        await asyncio.gather(*(child.start() for child in children))

    async def start_one_of_each(self, *simulator_options: str) -> None:
        """gateway, notifier, content, dispatcher, and gpu-1 beside the simulator `comfyui`."""
        comfyui = await self.simulator("comfyui", *simulator_options)
        await self.start(
            self.gateway(),
            self.notifier(),
            self.service("content", "content"),
            self.service("dispatcher", "dispatcher"),
            self.worker("gpu-1", comfyui),
        )

    def runs(self) -> list[dict[str, Any]]:
        """What every simulator ever ran, as its journal tells."""
        return [
            json.loads(line)
            for journal in self.journals.values()
            if journal.exists()
            for line in journal.read_text().splitlines()
        ]


class Client:
    """Somebody with a token, who tries again as a good program would."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{url}/api/v1", headers=headers, timeout=30, trust_env=False
        )

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self.http.aclose()

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Until the gateway is there and its database too; at most a minute."""
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self.http.request(method, path, **options)
                except httpx.TransportError:
                    await asyncio.sleep(0.2)  # the gateway is being restarted
                    continue
                if answer.status_code != 503:
                    return answer
                await asyncio.sleep(0.2)

    async def submit(self, *, key: str, **body: Any) -> dict[str, Any]:
        """Once, however often it is tried: `key` is its Idempotency-Key."""
        job = {"job_type": "image", "prompt": key, "params": solid_color()} | body
        answer = await self.ask(
            "POST", "/generation-jobs", json=job, headers={"Idempotency-Key": key}
        )
        assert answer.status_code in (200, 201), answer.text
        submitted: dict[str, Any] = answer.json()
        return submitted

    async def job(self, job_id: str) -> dict[str, Any]:
        answer = await self.ask("GET", f"/generation-jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def all_final(self, job_ids: list[str], *, within: float) -> list[dict[str, Any]]:
        async def final() -> list[dict[str, Any]] | None:
            jobs = [await self.job(job_id) for job_id in job_ids]
            return jobs if all(job["status"] in FINAL for job in jobs) else None

        return await until(final, within=within, what=f"{len(job_ids)} jobs are final") or []


def solid_color(**params: Any) -> dict[str, Any]:
    return {"workflow": "solid_color", "width": 64, "height": 64} | params
