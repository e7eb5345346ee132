"""Darkroom's services as real processes, which a test may freeze, end and kill."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.standalone.postgres_process import child_command
from tests.infrastructure.waiting import until

REPOSITORY = Path(__file__).parents[2]
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
READY_SECONDS = 60
GRACE_SECONDS = 60
SHOWN_CHARACTERS = 8000


def darkroom(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deploy.cli", *arguments]


class ChildProcess:
    """One program, started as often as the test likes; it dies with the test run at the latest."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        health_port: int | None = None,
    ) -> None:
        self._command = command
        self._environment = environment
        self.health_port = health_port
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; of a signal, its negative number."""
        return self._running.poll()

    async def start(self) -> None:
        """Return when it is ready, where it has a health port, else at once."""
        self._spawn()
        if self.health_port is not None:
            await until(self._is_ready, within=READY_SECONDS, what=f"{self.log.stem} is ready")

    async def restart(self) -> None:
        self.kill()
        await self.start()

    def kill(self) -> None:
        """SIGKILL; it is gone when this returns."""
        self._running.kill()
        self._running.wait()

    async def terminate(self, by: signal.Signals = signal.SIGTERM) -> int:
        """SIGTERM, and its exit status."""
        self._running.send_signal(by)
        return await self.ended()

    async def ended(self) -> int:
        await until(
            lambda: self.returncode is not None,
            within=GRACE_SECONDS,
            what=f"{self.log.stem} ends",
        )
        return self._running.returncode

    def freeze(self) -> None:
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._running.send_signal(signal.SIGCONT)

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ValueError(f"{self.log.stem} was not started")
        return self._process

    def _spawn(self) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                child_command(*self._command, dies_by=signal.SIGKILL),
                cwd=REPOSITORY,
                env={**inherited, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the test run, which ends them all
            )

    async def _is_ready(self) -> bool:
        if self.returncode is not None:
            raise RuntimeError(f"{self.log.stem} ended with {self.returncode}:\n{self.said()}")
        assert self.health_port is not None
        return await answers_200(self.health_port, "/readyz")


class Processes:
    """Those of one test; what they said is shown when it fails."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._children: dict[str, ChildProcess] = {}

    def add(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        health_port: int | None = None,
    ) -> ChildProcess:
        """Not yet started. `environment` is all it gets, but for PATH and the like."""
        if name in self._children:
            raise ValueError(f"there is a process {name} already")
        self._children[name] = ChildProcess(
            command,
            environment=environment or {},
            log=self._directory / f"{name}.log",
            health_port=health_port,
        )
        return self._children[name]

    def end(self) -> None:
        for name, child in self._children.items():
            if not child.log.exists():
                continue  # never started
            if child.returncode is None:
                child.kill()
            print(f"---- {name} ({child.returncode}): {child.log}")
            print(child.said()[-SHOWN_CHARACTERS:])


async def answers_200(port: int, path: str, *, host: str = "127.0.0.1") -> bool:
    try:
        async with asyncio.timeout(2):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
                await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
