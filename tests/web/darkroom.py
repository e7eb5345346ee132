"""Darkroom as `make run` starts it, beside a simulated ComfyUI that tests may slow down."""

from pathlib import Path

import httpx

from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import Processes, darkroom
from tests.infrastructure.simulator import SimulatorProcess
from tests.infrastructure.waiting import until

QUICK = {"step_seconds": 0.01, "save_seconds": 0, "load_seconds": 0}
SLOW = {"step_seconds": 0.7}


class Darkroom:
    def __init__(self, processes: Processes, directory: Path, database_url: str) -> None:
        self.database_url = database_url
        self.data = directory / "data"
        self.comfyui = SimulatorProcess(processes, directory, "comfyui")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = processes.add(
            "darkroom",
            darkroom("run"),
            environment={
                "DATABASE_URL": database_url,
                "DATA_DIR": str(self.data),
                "PORT": str(port),
                "COMFYUI_URL": self.comfyui.url,
                "IDENTITY_SECONDS": "0.5",
                "TOKEN_CHECK_SECONDS": "0.5",
            },
        )

    @property
    def media_url(self) -> str:
        return str(self.data / "media")

    async def start(self) -> None:
        """Return when a job can be made."""
        await self.comfyui.start()
        await self.calm()
        await self._process.start()
        await until(self._is_ready, within=90, what="a worker tells what its ComfyUI has")

    async def slow_down(self) -> None:
        """So that a job of 20 steps takes longer than anybody looks."""
        await self.comfyui.behave(**SLOW)

    async def speed_up(self) -> None:
        """What runs now, too."""
        await self.comfyui.behave(**QUICK)

    async def calm(self) -> None:
        """As a test finds it: no faults, and as quick as may be."""
        await self.comfyui.forget_faults()
        await self.speed_up()

    async def _is_ready(self) -> bool:
        if self._process.returncode is not None:
            raise RuntimeError(self._process.said())
        token = self.data / "sign-in-token"
        if not token.exists():
            return False
        who = {"Authorization": f"Bearer {token.read_text().strip()}"}
        try:
            async with httpx.AsyncClient(trust_env=False, headers=who) as http:
                answer = await http.get(f"{self.url}/api/v1/models")
                return bool(answer.json().get("checkpoints"))
        except httpx.TransportError:
            return False
