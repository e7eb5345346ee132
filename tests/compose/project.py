"""One running compose project of the tests' own: `docker compose`, and what is asked beside it."""

import asyncio
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
FILES = ("docker-compose.yml", "tests/compose/simulators.yml")
SCALED = (*FILES, "tests/compose/scaled.yml")


class CommandFailed(Exception):
    pass


@dataclass
class Project:
    name: str
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def use(self, files: Sequence[str]) -> None:
        self.environment["COMPOSE_FILE"] = ":".join(files)

    async def compose(self, *arguments: str, given: bytes | None = None) -> str:
        return await self.run("docker", "compose", *arguments, given=given)

    async def run(
        self,
        *command: str,
        given: bytes | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """What it says on standard output. Raises CommandFailed."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=REPOSITORY,
            env={**os.environ, **self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate(given)
        if process.returncode:
            said = f"{out.decode(errors='replace')[-2000:]}{err.decode(errors='replace')[-4000:]}"
            raise CommandFailed(f"{' '.join(command)}: {process.returncode}\n{said}")
        return out.decode()

    async def up(self, *options: str, without: str | None = None) -> None:
        """Returns when all is healthy; `migrate` comes to its end by itself."""
        services = set((await self.compose("config", "--services")).split())
        await self.compose("up", "--detach", "--wait", *options, *services - {"migrate", without})

    async def inside(self, service: str, *command: str) -> str:
        return await self.compose("exec", "-T", service, *command)

    async def containers(self, service: str) -> list[str]:
        """Their ids, whatever state they are in."""
        return (await self.compose("ps", "--all", "--quiet", service)).split()

    async def inspect(self, container: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.run("docker", "inspect", container))[0]
        return found

    async def is_healthy(self, container: str) -> bool:
        state = (await self.inspect(container))["State"]
        return bool(state["Running"]) and state.get("Health", {}).get("Status") == "healthy"

    async def sql(self, statement: str) -> str:
        """One value, as text."""
        return (
            await self.inside(
                "postgres", "psql", "-U", "postgres", "-d", "darkroom", "-XAtc", statement
            )
        ).strip()

    async def token(self, user: str) -> str:
        made = await self.inside(
            "gateway", "darkroom", "token", "create", "--name", "test", "--user", user
        )
        return made.strip()

    async def runs(self, *simulators: str) -> list[dict[str, Any]]:
        """What the simulators ran so far, the starts and the ends."""
        journal = "/var/lib/darkroom/output/journal.jsonl"
        return [
            json.loads(line) | {"simulator": simulator}
            for simulator in simulators
            for line in (await self.inside(simulator, "cat", journal)).splitlines()
        ]
