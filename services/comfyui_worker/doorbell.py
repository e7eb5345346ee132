"""ComfyUI's own WebSocket: it rings when a prompt has ended, and tells how far one is.

Nothing depends on it. Events of a prompt go to the connection under whose id it was submitted, and
a connection id is never used twice: when an older connection of the same id closes, the newer one
goes deaf."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import structlog
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from services.comfyui_worker.pauses import growing
from services.comfyui_worker.settings import Timing

log = structlog.get_logger()

FIRST_PAUSE = 0.5
LARGEST_MESSAGE = 32 << 20
# Repeats all nodes with every step: most of the bytes, and nothing that is needed here.
_VERBOSE = '"progress_state"'

Hear = Callable[[object], Awaitable[None]]


class Doorbell:
    """`hear` gets every message that might matter, as parsed JSON of whatever shape."""

    def __init__(self, comfyui_url: str, *, hear: Hear, timing: Timing) -> None:
        self.client_id: str | None = None
        self._url = websocket_url(comfyui_url)
        self._hear = hear
        self._timing = timing

    async def run(self) -> None:
        pauses = growing(FIRST_PAUSE, self._timing.longest_backoff)
        while True:
            try:
                await self._listen()
                pauses = growing(FIRST_PAUSE, self._timing.longest_backoff)
            except (OSError, WebSocketException, TimeoutError) as error:
                log.debug("doorbell.silent", reason=str(error))
            finally:
                self.client_id = None
            await asyncio.sleep(next(pauses))

    async def _listen(self) -> None:
        """Until the connection ends; raises only where it could not be opened."""
        client_id = uuid4().hex
        async with connect(
            f"{self._url}?clientId={client_id}",
            max_size=LARGEST_MESSAGE,
            open_timeout=self._timing.request,
            close_timeout=1,
            compression=None,
            proxy=None,
        ) as socket:
            self.client_id = client_id
            try:
                # Read at once, always: one slow listener holds up the events of all others.
                async for message in socket:
                    if isinstance(message, str) and _VERBOSE not in message[:64]:
                        await self._hear(parsed(message))
            except WebSocketException as error:
                log.debug("doorbell.closed", reason=str(error))


def parsed(message: str) -> object:
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def websocket_url(comfyui_url: str) -> str:
    parts = urlsplit(comfyui_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path}/ws", "", ""))
