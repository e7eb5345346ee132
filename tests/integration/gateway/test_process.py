"""`python -m gateway`: the gateway as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.factories import Token
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import REPOSITORY, Processes
from tests.integration.gateway.asking import JOBS, request

COMMAND = [sys.executable, "-m", "gateway"]


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+asyncpg://x/y", "PORT": "eighty"}, "PORT"),
        ({"DATABASE_URL": "postgresql+asyncpg://x/y", "WORKFLOWS_DIR": "/nowhere"}, "nowhere"),
        ({"DATABASE_URL": "postgresql+asyncpg://x/y", "LISTEN_HOST": "192.0.2.1"}, "192.0.2.1"),
    ],
)
def test_what_keeps_it_from_starting_is_said_in_a_sentence(
    environment: dict[str, str], words: str
) -> None:
    ended = subprocess.run(
        COMMAND,
        env={"PATH": os.environ["PATH"]} | environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_it_serves_its_metrics_inside_only_and_ends_when_told(
    database_url: str, token: Token, tmp_path: Path, processes: Processes
) -> None:
    port, health_port = free_port(), free_port()
    environment = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "HEALTH_PORT": str(health_port),
        "MEDIA_URL": str(tmp_path / "media"),
        "MEDIA_MIN_FREE": "0",
        "LOG_JSON": "true",
    }
    gateway = processes.add("gateway", COMMAND, environment=environment, health_port=health_port)
    await gateway.start()

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        answer = await http.post(JOBS, json=request(), headers=token.headers)
        assert answer.status_code == 201
        assert (await http.get("/metrics")).status_code == 404
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{health_port}") as inside:
        metrics = (await inside.get("/metrics")).text
    assert "darkroom_gateway_jobs_accepted_total 1.0" in metrics
    assert f'method="POST",route="{JOBS}",status="201"' in metrics
    assert await gateway.terminate() == 0

    log = gateway.said()
    assert answer.headers["X-Trace-Id"] in log
    assert "Traceback" not in log
    assert token.token not in log
