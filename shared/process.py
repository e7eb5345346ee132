"""What every process does alike: stop on SIGTERM, and answer on its health port."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import orjson
import structlog
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from shared.errors import AppError
from shared.settings import UnreadableSetting

log = structlog.get_logger()

Check = Callable[[], Awaitable[None]]  # raises an AppError that says what is wrong

S = TypeVar("S", bound=BaseSettings)

CHECK_SECONDS = 3
MAX_REQUEST_BYTES = 8192
MOST_ASKING = 64  # at a time
ASKING_SECONDS = 10  # from connecting to having taken the answer


def run_until_stopped(
    main: Callable[[asyncio.Event], Awaitable[None]],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
) -> None:
    """Run `main` with an event that SIGTERM and SIGINT set; it is to return soon after."""

    # What was imported stays. Each full collection would look through all of it, for tens of
    # milliseconds in which nobody is answered.
    gc.freeze()

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await main(stop)

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(run())


def read_settings(settings: Callable[[], S]) -> S:
    """From the environment. What is missing or wrong is said in a sentence each; exit code 2."""
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            sys.stderr.write(f"{name}: {problem['msg']}. See .env.example.\n")
        raise SystemExit(2) from None
    except UnreadableSetting as error:
        sys.stderr.write(f"{error}. See .env.example.\n")
        raise SystemExit(2) from None


async def wait_or_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait that long, or until `stop`; whether it was `stop`."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True


async def wait_for_any(*events: asyncio.Event, seconds: float | None = None) -> None:
    """Until one of them is set, or that long."""
    if any(event.is_set() for event in events):
        return
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


@asynccontextmanager
async def health_port(
    port: int,
    *,
    checks: Mapping[str, Check],
    host: str = "0.0.0.0",  # noqa: S104 - an internal port, asked from other containers
) -> AsyncIterator[None]:
    """Serve /healthz, /readyz (503 names the checks that fail) and /metrics. Port 0: nothing."""
    if port == 0:
        yield
        return

    asking: set[asyncio.Task[None]] = set()

    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(asking) >= MOST_ASKING:
            writer.transport.abort()
            return
        task = asyncio.create_task(_answer(reader, writer, checks))
        asking.add(task)
        task.add_done_callback(asking.discard)

    async with await asyncio.start_server(answer, host, port, limit=MAX_REQUEST_BYTES):
        try:
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, checks: Mapping[str, Check]
) -> None:
    try:
        async with asyncio.timeout(ASKING_SECONDS):
            request = await reader.readuntil(b"\r\n\r\n")
            writer.write(await _respond(request, checks))
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # whoever asked has gone, or does not speak HTTP
    finally:
        writer.transport.abort()  # what it has not taken by now it does not want


async def _respond(request: bytes, checks: Mapping[str, Check]) -> bytes:
    path = request.split(b" ", 2)[1:2]
    if path == [b"/metrics"]:
        return _http(200, generate_latest(), CONTENT_TYPE_LATEST)
    if path == [b"/healthz"]:
        return _http(200, b'{"status":"ok"}')
    if path == [b"/readyz"]:
        failures = await failing(checks)
        status = 503 if failures else 200
        return _http(status, orjson.dumps({"status": "unready" if failures else "ok"} | failures))
    return _http(404, b"{}")


async def failing(checks: Mapping[str, Check]) -> dict[str, str]:
    """The checks that fail now, each with its reason."""

    async def reason(check: Check) -> str | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await check()
        except TimeoutError:
            return f"no answer within {CHECK_SECONDS} s"
        except AppError as error:
            return str(error)
        return None

    reasons = await asyncio.gather(*(reason(check) for check in checks.values()))
    return {name: said for name, said in zip(checks, reasons, strict=True) if said is not None}


def _http(status: int, body: bytes, content_type: str = "application/json") -> bytes:
    head = (
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'No'}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
