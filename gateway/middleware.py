"""Around every request: a trace id, the body read whole, headers that keep browsers strict."""

import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from gateway.errors import BodyTooLarge, problem_of
from gateway.metrics import REQUEST_SECONDS
from shared.serving.traces import trace_id_in

MAX_BODY_BYTES = 1 << 20

SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",  # an address may hold a sign-in token
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
}


STARTS = ("http.response.start", "websocket.http.response.start")


class HeadAsGet:
    """HEAD is GET of which only the head is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        is_sent = False

        async def send_head(message: Message) -> None:
            nonlocal is_sent
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_sent:
                is_sent = True
                # Complete, so that whoever streams a file is told that nobody listens any more.
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, receive, send_head)


class Traced:
    """The outermost layer, so that the answer to a bug has its trace id too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        trace_id = scope["trace_id"] = trace_id_in(Headers(scope=scope).get("traceparent", ""))
        began = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] in STARTS:
                status = message["status"]
                _mark(message, trace_id)
            await send(message)

        # For the rest of this task: a bug is logged by uvicorn, after we have returned.
        bind_contextvars(trace_id=trace_id)
        await self._app(scope, receive, send_marked)
        if status and scope["type"] == "http":
            _observe(scope, status, time.perf_counter() - began)


def _mark(message: Message, trace_id: str) -> None:
    """What a route has set stays."""
    headers = list(message.get("headers", ()))
    present = {name for name, _ in headers}
    headers += [pair for pair in SECURITY_HEADERS.items() if pair[0] not in present]
    message["headers"] = [*headers, (b"x-trace-id", trace_id.encode())]


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("route")
    path = "none" if route is None else route.path
    REQUEST_SECONDS.labels(scope["method"], path, str(status)).observe(seconds)


class WholeBody:
    """Reads the body before anything is done, so that a refused one has changed nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(headers := Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(headers, receive)
        except BodyTooLarge as error:
            await problem_of(error, scope["trace_id"])(scope, receive, send)
            return
        if body is None:
            return
        first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole() -> Message:
            return first.pop() if first else await receive()

        await self._app(scope, receive_whole, send)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _read(headers: Headers, receive: Receive) -> bytes | None:
    """None: the client has gone, or was too slow (shared/serving/http.py). Raises BodyTooLarge."""
    too_large = BodyTooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(parts)
    return None
