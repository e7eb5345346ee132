"""Ways in which a container is hurt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.compose.project import Project
from tests.infrastructure.waiting import until

BACK_SECONDS = 90
HELPER_IMAGE = "debian:trixie-slim"  # what the proxy is built on


async def kill(project: Project, service: str) -> None:
    (container,) = await project.containers(service)
    await kill_container(project, container)


async def kill_container(project: Project, container: str) -> None:
    """SIGKILL from outside, which the restart policy answers; to `docker kill` it does not, as that
    counts as stopped by hand. Returns when it is healthy again."""
    before = (await project.inspect(container))["State"]
    await project.run(
        "docker", "run", "--rm", "--pid=host", "--network=none", HELPER_IMAGE,
        "bash", "-c", f"kill -KILL {before['Pid']}",
    )  # fmt: skip

    async def is_another_process() -> bool:
        state = (await project.inspect(container))["State"]
        return bool(state["Running"]) and state["StartedAt"] != before["StartedAt"]

    await until(is_another_process, within=BACK_SECONDS, every=0.1, what="it is restarted")
    await healthy(project, container)


async def healthy(project: Project, container: str) -> None:
    await until(
        lambda: project.is_healthy(container), within=BACK_SECONDS, every=0.5, what="it is healthy"
    )


@asynccontextmanager
async def cut_off(project: Project, service: str, network: str) -> AsyncIterator[None]:
    """Packets vanish; nothing is refused."""
    (container,) = await project.containers(service)
    name = f"{project.name}_{network}"
    await project.run("docker", "network", "disconnect", name, container)
    try:
        yield
    finally:
        await project.run("docker", "network", "connect", "--alias", service, name, container)


@asynccontextmanager
async def paused(project: Project, service: str) -> AsyncIterator[None]:
    (container,) = await project.containers(service)
    await project.run("docker", "pause", container)
    try:
        yield
    finally:
        await project.run("docker", "unpause", container)


async def last(seconds: float) -> None:
    """How long the fault is to last is what is being tested."""
    await asyncio.sleep(seconds)
