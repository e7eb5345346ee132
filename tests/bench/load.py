"""HTTP load from a process of its own, so that making it costs whom it tests no time.

Each connection sends its next request when the last was answered."""

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import uvloop
from pydantic import BaseModel

from tests.bench.figures import quantile
from tests.infrastructure.processes import REPOSITORY

WARM_UP_SECONDS = 0.3
ANSWERED_SECONDS = 120


class Load(BaseModel):
    port: int
    method: str
    path: str
    headers: dict[str, str]
    body: str = ""
    connections: int = 32
    seconds: float | None = None  # after the warm-up; or
    requests: int | None = None  # this many, all of them counted


class Outcome(BaseModel):
    per_second: float
    statuses: dict[int, int]
    milliseconds: list[float]
    answered: int  # the warm-up included

    @property
    def p50(self) -> float:
        return quantile(self.milliseconds, 0.5)

    @property
    def p99(self) -> float:
        return quantile(self.milliseconds, 0.99)


async def put_under(load: Load, *, expect: int) -> Outcome:
    """Raises RuntimeError where an answer has another status."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(ANSWERED_SECONDS):
            said, _ = await process.communicate(load.model_dump_json().encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"the load ended with {process.returncode}")
    outcome = Outcome.model_validate_json(said)
    if set(outcome.statuses) != {expect}:
        raise RuntimeError(f"{load.method} {load.path} was answered {outcome.statuses}")
    return outcome


class Generator:
    """Counts what was answered after `counting_from`, of time.perf_counter()."""

    def __init__(self, load: Load) -> None:
        self.request = _bytes_of(load)
        self.left = load.requests
        self.counting_from = 0.0
        self.answered = 0
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.is_over = asyncio.Event()

    def may_send(self) -> bool:
        if self.is_over.is_set():
            return False
        if self.left is not None:
            self.left -= 1
            return self.left >= 0
        return True

    def note(self, began: float, ended: float, status: int) -> None:
        self.answered += 1
        if began >= self.counting_from:
            self.seconds.append(ended - began)
            self.statuses[status] += 1


class Connection(asyncio.Protocol):
    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._received = b""
        self._began = 0.0
        self._transport: Any  # uvloop's own kind
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return
        self._received = b""
        self._generator.note(self._began, time.perf_counter(), int(head[9:12]))
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        self.done.set()

    def _send(self) -> None:
        if self._generator.may_send():
            self._began = time.perf_counter()
            self._transport.write(self._generator.request)
        else:
            self._transport.close()


def _bytes_of(load: Load) -> bytes:
    body = load.body.encode()
    headers = {"host": f"127.0.0.1:{load.port}", "content-length": str(len(body)), **load.headers}
    if body:
        headers["content-type"] = "application/json"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{load.method} {load.path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _content_length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def generate(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    generator = Generator(load)
    began = time.perf_counter()
    if load.seconds is not None:
        began += WARM_UP_SECONDS
        loop.call_later(WARM_UP_SECONDS + load.seconds, generator.is_over.set)
    generator.counting_from = began
    opened = [
        await loop.create_connection(lambda: Connection(generator), "127.0.0.1", load.port)
        for _ in range(load.connections)
    ]
    for _, connection in opened:
        await connection.done.wait()
    return Outcome(
        per_second=len(generator.seconds) / (time.perf_counter() - began),
        statuses=dict(generator.statuses),
        milliseconds=[seconds * 1000 for seconds in generator.seconds],
        answered=generator.answered,
    )


def main() -> None:
    load = Load.model_validate_json(sys.stdin.buffer.read())
    outcome = uvloop.run(generate(load))
    sys.stdout.write(outcome.model_dump_json())


if __name__ == "__main__":
    main()
