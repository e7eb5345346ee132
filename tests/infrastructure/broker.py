"""A RabbitMQ that a test may stop, kill and empty, and the virtual hosts in it."""

import asyncio
import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

USER = "guest"
METHOD_FRAME = b"\x01"  # connection.start is one
START_SECONDS = 120


class Broker(Protocol):
    """Keeps its ports, and so its url, over every stop and start."""

    @property
    def url(self) -> str: ...

    @property
    def management_url(self) -> str: ...

    async def start(self) -> None:
        """Return when it takes connections."""

    async def stop(self) -> None:
        """Shut down in good order."""

    async def kill(self) -> None:
        """SIGKILL; what it had on disk is still there at the next start."""

    async def wipe(self) -> None:
        """Kill it and lose its volume; it is down until the next start, and empty after."""


class Management:
    """Its HTTP API, as its administrator."""

    def __init__(self, broker: Broker) -> None:
        self._url = broker.management_url

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What it answers. Raises urllib.error.URLError."""
        password = base64.b64encode(f"{USER}:{USER}".encode()).decode()
        request = urllib.request.Request(
            f"{self._url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Basic {password}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


class VirtualHosts:
    """One a test, so that tests share neither queues nor exchanges."""

    def __init__(self, broker: Broker) -> None:
        self._management = Management(broker)
        self._server = urlsplit(broker.url).netloc

    def create(self) -> str:
        """The url of a new, empty one."""
        name = f"test-{secrets.token_hex(6)}"
        self._management.ask("PUT", f"vhosts/{name}", {})
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self._management.ask("PUT", f"permissions/{name}/{USER}", everything)
        return f"amqp://{self._server}/{name}"

    def delete(self, url: str) -> None:
        """Nothing happens where the broker lost it, or is down."""
        name = urlsplit(url).path.removeprefix("/")
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            self._management.ask("DELETE", f"vhosts/{quote(name, safe='')}")


async def greets(host: str, port: int) -> bool:
    """Whether an AMQP server answers here, as it does only once it is ready for clients.

    Not by a client library, which would log each refusal on the way as an error."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"AMQP\x00\x00\x09\x01")
                return await reader.read(1) == METHOD_FRAME
            finally:
                writer.close()
                await writer.wait_closed()
    except (OSError, TimeoutError):
        return False
