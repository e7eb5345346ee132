"""Which RabbitMQ the tests get: a container, else the one installed here, else one from apt."""

from collections.abc import Callable
from pathlib import Path

from tests.infrastructure.broker import Broker
from tests.infrastructure.container_broker import ContainerBroker, engine_with_image
from tests.infrastructure.debian_packages import NotInstallable, install
from tests.infrastructure.local_broker import LocalBroker, installed_server


class NoBroker(Exception):
    """Why the tests that need a RabbitMQ cannot run here."""


def private_broker(directory: Path, say: Callable[[str], None]) -> Broker:
    """One that nobody else uses, not yet started."""
    if engine_with_image():
        return ContainerBroker()
    server = installed_server() or install_server(say)
    return LocalBroker(directory, server)


def install_server(say: Callable[[str], None]) -> Path:
    try:
        install("rabbitmq-server", say)
    except NotInstallable as error:
        raise NoBroker(
            "no RabbitMQ: AMQP_URL is not set, no Docker engine with its image answers, and no"
            f" rabbitmq-server is installed ({error})"
        ) from error
    server = installed_server()
    if server is None:
        raise NoBroker("rabbitmq-server was installed with apt, but is not where it should be")
    return server
