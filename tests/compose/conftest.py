"""One project for the session, started by `make up`'s own script, as an operator would."""

import os
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.compose.batch import Batch
from tests.compose.project import FILES, REPOSITORY, SCALED, Project
from tests.e2e.cluster import Client
from tests.infrastructure.ports import free_port

LINES = pytest.StashKey[list[str]]()
Figure = Callable[[str], None]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LINES] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if config.stash[LINES]:
        terminalreporter.section("the containers in figures")
        for line in config.stash[LINES]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figure(request: pytest.FixtureRequest) -> Figure:
    return request.config.stash[LINES].append


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, figure: Figure) -> Iterator[Project]:
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.fail("no Docker engine answers; make test-compose needs one")
    secret_files = tmp_path_factory.mktemp("secrets")
    name = f"darkroom-test-{secrets.token_hex(3)}"
    port = free_port()
    project = Project(
        name,
        port,
        {
            "COMPOSE_PROJECT_NAME": name,
            "DARKROOM_TAG": "test",
            "DEMO": "1",
            "SECRETS_DIR": str(secret_files),
            "HTTP_PUBLISH": f"127.0.0.1:{port}",
            "HTTPS_PUBLISH": f"127.0.0.1:{free_port()}",
            "COMPOSE_PROFILES": "demo",
            "COMFYUI_URL": "http://simulator:8188",
        },
    )
    project.use(FILES)
    try:
        start(project, figure)
        yield project
    finally:
        show_logs(project)
        project.use(SCALED)
        command(
            project, "docker", "compose", "--profile", "*", "down", "--volumes", "--remove-orphans",
            "-t", "2",
        )  # fmt: skip


def start(project: Project, figure: Figure) -> None:
    began = time.monotonic()
    command(project, "docker", "compose", "build", "--quiet")
    figure(f"images built in {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    said = command(project, "deploy/compose/manage.sh", "up")
    figure(f"from make up to healthy {time.monotonic() - began:.0f} s, with the images built")
    assert f"Darkroom is ready:  {project.url}/login?token=dk_" in said


def command(project: Project, *words: str) -> str:
    ended = subprocess.run(
        words, cwd=REPOSITORY, env={**os.environ, **project.environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-6000:]
    return ended.stdout + ended.stderr


def show_logs(project: Project) -> None:
    """Kept where CI and people look for what went wrong."""
    folder = REPOSITORY / ".test"
    folder.mkdir(exist_ok=True)
    with Path(folder / "compose.log").open("w") as file:
        subprocess.run(
            ["docker", "compose", "logs", "--no-color", "--timestamps"],
            cwd=REPOSITORY, env={**os.environ, **project.environment},
            stdout=file, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip


@pytest.fixture
async def batch(project: Project) -> AsyncIterator[Batch]:
    """Of a user of its own."""
    token = await project.token(f"user-{secrets.token_hex(3)}")
    async with Client(project.url, {"Authorization": f"Bearer {token}"}) as client:
        yield Batch(project, client)
