"""A simulated ComfyUI as a process of its own, told over HTTP how to behave."""

import sys
from pathlib import Path
from typing import Any

import httpx

from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, Processes
from tests.infrastructure.waiting import until


class SimulatorProcess:
    """Its journal and its output directory outlive it."""

    def __init__(self, processes: Processes, directory: Path, name: str, *options: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.journal = directory / f"{name}.journal"
        command = [
            sys.executable, "-m", "deploy.comfyui_simulator", "--port", str(port),
            "--output-dir", str(directory / f"{name}-output"),
            "--journal", str(self.journal), "--load-seconds", "0", *options,
        ]  # fmt: skip
        self.child: ChildProcess = processes.add(name, command)

    async def start(self) -> None:
        """Return when it answers."""
        await self.child.start()
        await until(self._answers, within=60, what=f"{self.child.log.stem} answers")

    async def behave(self, **behaviour: object) -> None:
        """As `deploy.comfyui_simulator.behaviour.Behaviour` describes; the rest stays."""
        await self._order("POST", json={"behaviour": behaviour})

    async def fail(self, kind: str, **fault: Any) -> None:
        """The next jobs that fit, as `deploy.comfyui_simulator.faults.JobFault` describes."""
        await self._order("POST", json={"jobs": [{"kind": kind} | fault]})

    async def forget_faults(self) -> None:
        await self._order("DELETE")

    async def _order(self, method: str, **options: Any) -> None:
        async with httpx.AsyncClient(trust_env=False, base_url=self.url) as http:
            (await http.request(method, "/simulator/faults", **options)).raise_for_status()

    async def _answers(self) -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False) as http:
                return (await http.get(f"{self.url}/system_stats")).status_code == 200
        except httpx.HTTPError:
            return False
