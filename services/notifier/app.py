"""The way in: `/api/v1/events` as ASGI. Who may not come in is told so at the handshake.

Plain ASGI, as one path needs no framework, and each layer costs every open socket memory.
"""

from dataclasses import dataclass
from typing import Any

from services.notifier.hub import Hub
from services.notifier.listener import Listener
from services.notifier.mailbox import Mailbox
from services.notifier.snapshots import Snapshots
from services.notifier.sockets import Receive, Send, converse
from shared.auth import Identity, credential_in, identify, may_open_socket
from shared.db.engine import Sessions, transaction
from shared.errors import AppError, Forbidden, Refused, Unauthorized
from shared.serving.problems import problem_of
from shared.serving.traces import trace_id_in

PATH = "/api/v1/events"
SEND_NOW = "darkroom.send_now"  # ASGI extension, with `send`: write a text frame, or say no


class NoSuchPath(Refused):
    code, status = "not_found", 404


class ForeignOrigin(Forbidden):
    code = "foreign_origin"


class TooManySockets(Refused):
    code, status = "too_many_sockets", 429


@dataclass(frozen=True)
class App:
    sessions: Sessions
    hub: Hub
    snapshots: Snapshots
    max_sockets_per_user: int

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        answer = (
            f"{scope['type']}.http.response" if scope["type"] == "websocket" else "http.response"
        )
        headers = _headers(scope)
        try:
            if scope["type"] != "websocket" or scope["path"] != PATH:
                raise NoSuchPath(f"there is only the WebSocket {PATH} here")
            identity = await self._identify(headers)
        except AppError as error:
            await _refuse(error, trace_id_in(headers.get("traceparent", "")), answer, send)
            return
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        mailbox = Mailbox(scope["extensions"][SEND_NOW]["send"])
        listener = Listener(identity.user_id, identity.token_id, mailbox)
        await converse(listener, self.hub, self.snapshots, receive=receive, send=send)

    async def _identify(self, headers: dict[str, str]) -> Identity:
        if credential_in(headers) is None:
            raise Unauthorized("a token is needed: Authorization: Bearer …, or the cookie")
        if not may_open_socket(headers):
            raise ForeignOrigin("this page is not ours, so it may not use your cookie")
        async with transaction(self.sessions) as session:
            identity = await identify(session, headers)
        if identity is None:
            raise Unauthorized("this token is not known, or was revoked")
        if self.hub.sockets_of(identity.user_id) >= self.max_sockets_per_user:
            raise TooManySockets(f"at most {self.max_sockets_per_user} sockets at a time")
        return identity


def _headers(scope: dict[str, Any]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _refuse(error: AppError, trace_id: str, answer: str, send: Send) -> None:
    """As the gateway does, which passes it on."""
    problem = problem_of(error, trace_id)
    told = {**problem.headers, "Content-Length": str(len(problem.body)), "X-Trace-Id": trace_id}
    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    await send({"type": f"{answer}.start", "status": problem.status, "headers": headers})
    await send({"type": f"{answer}.body", "body": problem.body})
