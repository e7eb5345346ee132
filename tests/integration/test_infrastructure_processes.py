"""Processes that a test starts really run, freeze and die."""

import signal
import sys

import psutil
import pytest

from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, Processes
from tests.infrastructure.waiting import until

# Ready once it was asked three times, so that waiting for it is seen to matter.
SERVICE = """
import http.server, os, signal, sys
asked = 0
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(200 if self.path == "/readyz" and asked >= 3 else 503)
        self.end_headers()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("hello from", os.environ["WHO"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Health).serve_forever()
"""

TEST_RUN = """
import asyncio, pathlib, tempfile
from tests.infrastructure.processes import Processes

async def main():
    with tempfile.TemporaryDirectory() as directory:
        child = Processes(pathlib.Path(directory)).add("sleep", ["/bin/sleep", "1000"])
        await child.start()
        print(child.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def service(processes: Processes) -> ChildProcess:
    port = free_port()
    return processes.add(
        "service",
        [sys.executable, "-c", SERVICE],
        environment={"WHO": "a test", "PORT": str(port)},
        health_port=port,
    )


async def test_a_started_process_is_ready_and_its_words_are_kept(processes: Processes) -> None:
    child = service(processes)
    await child.start()

    assert child.returncode is None
    assert "hello from a test" in child.said()
    assert child.said().count("503") >= 2


async def test_a_process_that_ends_before_it_is_ready_says_why(processes: Processes) -> None:
    child = processes.add("broken", [sys.executable, "-c", "1 / 0"], health_port=free_port())

    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        await child.start()


async def test_a_terminated_process_ends_in_its_own_way(processes: Processes) -> None:
    child = service(processes)
    await child.start()

    assert await child.terminate() == 7


async def test_a_killed_process_is_gone_at_once_and_starts_again(processes: Processes) -> None:
    child = service(processes)
    await child.start()
    first = child.pid

    child.kill()
    assert child.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(first)

    await child.start()
    assert child.pid != first


async def test_a_frozen_process_can_be_thawed_and_killed(processes: Processes) -> None:
    child = service(processes)
    await child.start()

    child.freeze()
    await until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    child.thaw()
    await until(lambda: psutil.Process(child.pid).status() != psutil.STATUS_STOPPED)

    child.freeze()
    child.kill()
    assert child.returncode == -signal.SIGKILL


async def test_an_environment_holds_only_what_was_given(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMQP_URL", "amqp://somewhere.else/")
    names = "import os; print(sorted(os.environ))"
    child = processes.add("names", [sys.executable, "-c", names], environment={"GIVEN": "1"})
    await child.start()
    assert await child.ended() == 0

    assert "GIVEN" in child.said()
    assert "AMQP_URL" not in child.said()


async def test_processes_die_with_a_test_run_that_is_killed(processes: Processes) -> None:
    parent = processes.add("test-run", [sys.executable, "-c", TEST_RUN])
    await parent.start()
    said = await until(lambda: parent.said().split())
    grandchild = psutil.Process(int(said[0]))
    await until(lambda: grandchild.name() == "sleep")

    parent.kill()

    await until(lambda: is_gone(grandchild))


def is_gone(process: psutil.Process) -> bool:
    """Also where nobody has reaped it."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
