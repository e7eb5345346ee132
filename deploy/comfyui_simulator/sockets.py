"""Who listens at /ws, and who hears what.

Messages of a job go to the socket whose clientId is the prompt's client_id; `status` goes to all. A
prompt without client_id has its progress, previews and interruption told to everybody, and nothing
else to anybody. One loop writes to all sockets in turn, so a peer that does not read stops it."""

import asyncio
import contextlib
import json
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from deploy.comfyui_simulator.prompts import JsonObject

PREVIEW, PREVIEW_WITH_METADATA = 1, 4
JPEG = 1
FEATURES: JsonObject = {
    "supports_preview_metadata": True,
    "max_upload_size": 100 * 1024 * 1024,
}


@dataclass(eq=False)
class Listener:
    socket: WebSocket
    wants_metadata: bool = False


@dataclass
class Hub:
    listeners: dict[str, Listener] = field(default_factory=dict)
    client_id: Any = None
    """Of the prompt that runs, or ran last."""
    current_node: str | None = None
    _messages: asyncio.Queue[tuple[str | bytes, Any]] = field(default_factory=asyncio.Queue)

    def announce_status(self, remaining: int) -> None:
        self._send("status", _status(remaining), None)

    def tell(self, event: str, data: JsonObject) -> None:
        """To the job's client alone; nobody where it named none."""
        if self.client_id is not None:
            self._send(event, data, self.client_id)

    def tell_or_broadcast(self, event: str, data: JsonObject) -> None:
        self._send(event, data, self.client_id)

    def show_preview(self, jpeg: bytes) -> None:
        self._messages.put_nowait((struct.pack(">II", PREVIEW, JPEG) + jpeg, self.client_id))

    def show_preview_with_metadata(self, jpeg: bytes, metadata: JsonObject) -> None:
        text = json.dumps(metadata).encode()
        head = struct.pack(">II", PREVIEW_WITH_METADATA, len(text))
        self._messages.put_nowait((head + text + jpeg, self.client_id))

    @property
    def client_wants_metadata(self) -> bool:
        listener = self.listeners.get(self.client_id) if isinstance(self.client_id, str) else None
        return listener is not None and listener.wants_metadata

    def _send(self, event: str, data: JsonObject, client_id: Any) -> None:
        if self.listeners or not isinstance(client_id, str | None):
            self._messages.put_nowait((json.dumps({"type": event, "data": data}), client_id))

    async def publish(self) -> None:
        """For ever. TypeError for a client_id that cannot be a key: it ends the real process."""
        while True:
            message, client_id = await self._messages.get()
            if client_id is None:
                for listener in list(self.listeners.values()):
                    await _deliver(listener, message)
            elif client_id in self.listeners:
                await _deliver(self.listeners[client_id], message)

    async def listen(self, socket: WebSocket, *, remaining: Callable[[], int]) -> None:
        """One connection, from its greeting to its end."""
        client_id = socket.query_params.get("clientId") or uuid.uuid4().hex
        await socket.accept()
        listener = Listener(socket)
        self.listeners[client_id] = listener
        try:
            await _send_json(socket, "status", {**_status(remaining()), "sid": client_id})
            if self.client_id == client_id and self.current_node is not None:
                await _send_json(socket, "executing", {"node": self.current_node})
            await _read(listener)
        except WebSocketDisconnect:
            pass
        finally:
            # Whoever holds the id now loses it, even a newer socket: the real one does so too.
            self.listeners.pop(client_id, None)


async def _read(listener: Listener) -> None:
    first = True
    while True:
        text = await listener.socket.receive_text()
        if first and _is_feature_flags(text):
            data = json.loads(text)["data"]
            listener.wants_metadata = bool(data.get("supports_preview_metadata"))
            await _send_json(listener.socket, "feature_flags", FEATURES)
        first = False


def _is_feature_flags(text: str) -> bool:
    try:
        message = json.loads(text)
    except ValueError:
        return False
    return (
        isinstance(message, dict)
        and message.get("type") == "feature_flags"
        and isinstance(message.get("data"), dict)
    )


def _status(remaining: int) -> JsonObject:
    return {"status": {"exec_info": {"queue_remaining": remaining}}}


async def _send_json(socket: WebSocket, event: str, data: JsonObject) -> None:
    await socket.send_text(json.dumps({"type": event, "data": data}))


async def _deliver(listener: Listener, message: str | bytes) -> None:
    if listener.socket.application_state is not WebSocketState.CONNECTED:
        return
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        if isinstance(message, str):
            await listener.socket.send_text(message)
        else:
            await listener.socket.send_bytes(message)
