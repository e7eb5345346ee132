"""RabbitMQ in a container, where a Docker engine answers."""

import asyncio
import functools
import os
import socket
from typing import Any

import docker  # type: ignore[import-untyped]
import requests
from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.infrastructure.broker import START_SECONDS, USER, greets
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until

IMAGE = "rabbitmq:4-management"
# Idle Erlang schedulers would take the CPU from the tests.
WITHOUT_BUSY_WAITING = "+sbwt none +sbwtdcpu none +sbwtdio none"
DEFAULT_HOST = "unix:///var/run/docker.sock"
ENGINE_SECONDS = 5
PULL_SILENCE_SECONDS = 30

# The reaper is an image of its own, which is not always to be had; we remove what we start.
testcontainers_config.ryuk_disabled = True


@functools.cache
def engine_with_image() -> bool:
    if not somebody_listens():
        return False
    try:
        engine = docker.from_env(timeout=PULL_SILENCE_SECONDS)
    except DockerException:
        return False
    try:
        return has_image(engine)
    except (DockerException, requests.RequestException):
        return False
    finally:
        engine.close()


def somebody_listens() -> bool:
    """Asked without the Docker library, which leaks its socket where nobody does."""
    scheme, _, path = os.environ.get("DOCKER_HOST", DEFAULT_HOST).partition("://")
    if scheme != "unix":
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(ENGINE_SECONDS)
        return probe.connect_ex(path) == 0


def has_image(engine: Any) -> bool:
    try:
        engine.images.get(IMAGE)
    except ImageNotFound:
        engine.images.pull(IMAGE)
    return True


class ContainerBroker:
    def __init__(self) -> None:
        self._port, self._management_port = free_port(), free_port()
        self._container: DockerContainer | None = None

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{USER}@127.0.0.1:{self._port}/"

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self._management_port}/api"

    async def start(self) -> None:
        if self._container is None:
            self._container = (
                DockerContainer(IMAGE)
                .with_env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", WITHOUT_BUSY_WAITING)
                .with_bind_ports(5672, self._port)
                .with_bind_ports(15672, self._management_port)
            )
            await asyncio.to_thread(self._container.start)
        else:
            await self._do("start")
        await until(
            lambda: greets("127.0.0.1", self._port),
            within=START_SECONDS,
            what="RabbitMQ takes connections",
        )

    async def stop(self) -> None:
        await self._do("stop", timeout=60)

    async def kill(self) -> None:
        await self._do("kill")

    async def wipe(self) -> None:
        if self._container is not None:
            await asyncio.to_thread(self._container.stop, force=True, delete_volume=True)
            self._container = None

    async def _do(self, what: str, **options: Any) -> None:
        if self._container is None:
            return
        container = self._container.get_wrapped_container()
        await asyncio.to_thread(getattr(container, what), **options)
