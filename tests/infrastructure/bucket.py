"""A server that speaks S3, as a process of its own: moto's, which keeps everything in memory."""

import asyncio
import secrets
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote

from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, answers_200
from tests.infrastructure.waiting import until

ACCESS_KEY, SECRET_KEY = "the-access-key", "the+secret/key:=@%"


class BucketServer:
    def __init__(self, directory: Path, *, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, free_port()
        command = [sys.executable, "-m", "moto.server", "-H", host, "-p", str(self.port)]
        self.child = ChildProcess(command, environment={}, log=directory / "bucket.log")

    async def start(self) -> None:
        """Return when it answers. It has forgotten every bucket."""
        await self.child.start()
        await until(
            lambda: answers_200(self.port, "/moto-api/data.json", host=self.host),
            within=60,
            what="the bucket server answers",
        )

    async def make_bucket(self) -> str:
        """Its name."""
        name = f"test-{secrets.token_hex(6)}"
        await self._ask("PUT", name)
        return name

    def url(self, bucket: str, *, key: str = ACCESS_KEY, port: int | None = None) -> str:
        """As MEDIA_URL; `port` of what stands between us and it."""
        keys = f"{quote(key, safe='')}:{quote(SECRET_KEY, safe='')}"
        return f"s3+http://{keys}@{self.host}:{port or self.port}/{bucket}"

    async def demand_credentials(self) -> None:
        """Of a user that it has; it has none."""
        await self._ask("POST", "moto-api/reset-auth", b"0")

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> None:
        request = urllib.request.Request(
            f"http://{self.host}:{self.port}/{path}",
            method=method,
            data=body,
            headers={"Content-Type": "text/plain"},
        )
        await asyncio.to_thread(lambda: urllib.request.urlopen(request, timeout=30).close())
