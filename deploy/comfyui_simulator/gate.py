"""What every request passes first: the origin check, the size limit, and the request faults."""

import asyncio
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from deploy.comfyui_simulator.answers import LARGEST_BODY, too_large
from deploy.comfyui_simulator.faults import RequestFault
from deploy.comfyui_simulator.simulator import Simulator

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Gate:
    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if _is_foreign(connection):
            await _refuse(403, scope, receive, send)
            return
        if int(connection.headers.get("content-length") or 0) > LARGEST_BODY:
            async for _ in Request(scope, receive).stream():
                pass
            await too_large()(scope, receive, send)
            return
        path = scope["path"].removeprefix("/api")
        fault = None
        if self._simulator.faults.requests and not path.startswith("/simulator/"):
            fault = self._simulator.faults.strike_request(scope.get("method", "GET"), path)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: RequestFault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "error":
                await _refuse(fault.status, scope, receive, send)
            case "cut":
                await self._reset(scope, receive)
            case "hang":
                # The body is in before the client loses patience: a late request still counts.
                receive = await _received(scope, receive)
                if await self._hold(fault.seconds):
                    await self._app(scope, receive, send)
            case "answer_hang":
                await self._app(scope, receive, self._delayed(send, fault.seconds))
            case "answer_cut":
                await self._app(scope, receive, _swallowed)
                await self._reset(scope, receive)

    async def _reset(self, scope: Scope, receive: Receive) -> None:
        if self._simulator.server is not None:
            self._simulator.server.reset(tuple(scope["client"]))
        while (await receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
            pass

    async def _hold(self, seconds: float | None) -> bool:
        """False: the simulator went down meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._simulator.down.wait()
        except TimeoutError:
            return True
        return False

    def _delayed(self, send: Send, seconds: float | None) -> Send:
        async def send_later(message: Message) -> None:
            starts = message["type"] in ("http.response.start", "websocket.accept")
            if not starts or await self._hold(seconds):
                await send(message)

        return send_later


def _is_foreign(connection: HTTPConnection) -> bool:
    """A page of another site, in a browser on this computer."""
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    host = urlsplit(f"//{connection.headers.get('host', '')}")
    there = urlsplit(origin)
    if host.hostname not in LOOPBACK:
        return False
    return (there.hostname, there.port) != (host.hostname, host.port)


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(Response(status_code=status))
    else:
        await Response(status_code=status)(scope, receive, send)


async def _received(scope: Scope, receive: Receive) -> Receive:
    if scope["type"] == "websocket":
        return receive
    body = await Request(scope, receive).body()

    async def receive_again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


async def _swallowed(_: Message) -> None:
    """The answer that the client never gets."""
