"""Which RabbitMQ the tests get: a container, else the one installed here, else one from apt."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.infrastructure.broker import Broker
from tests.infrastructure.container_broker import ContainerBroker, engine_with_image
from tests.infrastructure.local_broker import LocalBroker, installed_server

INSTALL_SECONDS = 600


class NoBroker(Exception):
    """Why the tests that need a RabbitMQ cannot run here."""


def private_broker(directory: Path, say: Callable[[str], None]) -> Broker:
    """One that nobody else uses, not yet started."""
    if engine_with_image():
        return ContainerBroker()
    server = installed_server() or install_server(say)
    return LocalBroker(directory, server)


def install_server(say: Callable[[str], None]) -> Path:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        raise NoBroker(
            "no RabbitMQ: AMQP_URL is not set, no Docker engine with its image answers, and no"
            " rabbitmq-server is installed (as root on Debian it would be, with apt)"
        )
    say("RabbitMQ is not here: installing Debian's rabbitmq-server with apt-get, for the tests")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "rabbitmq-server"]):
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            env=environment,
            timeout=INSTALL_SECONDS,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NoBroker(f"apt-get {arguments[0]} failed: {done.stderr[-500:]}")
    server = installed_server()
    if server is None:
        raise NoBroker("rabbitmq-server was installed with apt, but is not where it should be")
    return server
