"""`/api/v1/events`: bytes and close codes between the client and the notifier, nothing added.

The notifier authenticates; it is shown the client's own headers. Each direction waits for the
other side to take a message before it takes the next."""

import asyncio
import re
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)
from websockets.frames import EXTERNAL_CLOSE_CODES

from gateway.dependencies import parts_of
from gateway.metrics import SOCKETS_OPEN
from shared.errors import NotFound, Unavailable
from shared.serving.traces import traceparent_of

log = structlog.get_logger()

FORWARDED = (
    "cookie",
    "authorization",
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
)
LARGEST_MESSAGE_BYTES = 64 << 20  # a snapshot of 1,000 jobs with long prompts
MESSAGES_AHEAD = 8
OPEN_SECONDS = 5
CLOSE_SECONDS = 2  # a notifier that says no goodbye
NORMAL, GOING_AWAY, NO_STATUS, ABNORMAL, TRY_AGAIN_LATER = 1000, 1001, 1005, 1006, 1013

_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-5]?\d{1,4})?", re.ASCII)

router = APIRouter()


class NotifierAway(Unavailable):
    code = "notifier_away"


@router.websocket("/api/v1/events")
async def relay_events(client: WebSocket) -> None:
    parts = await parts_of(client)
    try:
        notifier = await _open(
            parts.settings.notifier_url, client.headers, trace_id=client.scope["trace_id"]
        )
    except InvalidStatus as refusal:
        await client.send_denial_response(_passed_on(refusal))
    except NotifierAway as away:
        log.warning("notifier.away", reason=repr(away.__cause__))
        await client.accept()
        await client.close(TRY_AGAIN_LATER, str(away))
    else:
        async with notifier:
            await client.accept()
            with SOCKETS_OPEN.track_inprogress():
                await relay(client, notifier)


@router.websocket("/{path:path}")
async def refuse_elsewhere(client: WebSocket) -> None:
    raise NotFound("there is no WebSocket at this address; /api/v1/events is where it is")


async def _open(notifier_url: str, headers: Headers, *, trace_id: str) -> ClientConnection:
    """Raises NotifierAway, and InvalidStatus: the notifier's own refusal."""
    address = urlsplit(notifier_url)
    host = headers.get("host", "")
    shown = {name: headers[name] for name in FORWARDED if name in headers}
    try:
        return await connect(
            # The client's Host, which Origin is compared with; the connection goes elsewhere.
            f"{address.scheme}://{host if _HOST.fullmatch(host) else address.netloc}{address.path}",
            host=address.hostname,
            port=address.port or (443 if address.scheme == "wss" else 80),
            additional_headers=shown | {"traceparent": traceparent_of(trace_id)},
            user_agent_header=headers.get("user-agent"),
            compression=None,
            proxy=None,
            max_size=LARGEST_MESSAGE_BYTES,
            max_queue=MESSAGES_AHEAD,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_timeout=60,  # a slow client holds up our reading, and so the pong
        )
    except InvalidStatus:
        raise
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        raise NotifierAway("live events are away; try again") from error


def _passed_on(refusal: InvalidStatus) -> Response:
    answer = refusal.response
    kept = {
        name: value
        for name, value in answer.headers.raw_items()
        if name.lower() in ("content-type", "www-authenticate", "retry-after")
    }
    return Response(bytes(answer.body or b""), status_code=answer.status_code, headers=kept)


async def relay(client: WebSocket, notifier: ClientConnection) -> None:
    """Until one side ends; the other is told the same code."""
    directions = (
        asyncio.create_task(_pass_up(client, notifier)),
        asyncio.create_task(_pass_down(notifier, client)),
    )
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in directions:
            task.cancel()
        ends = await asyncio.gather(*directions, return_exceptions=True)
    for end in ends:
        # Gone, or told by the other direction already.
        gone = isinstance(end, WebSocketDisconnect | WebSocketDisconnected)
        if isinstance(end, Exception) and not gone:
            raise end


async def _pass_up(client: WebSocket, notifier: ClientConnection) -> None:
    while (message := await client.receive())["type"] == "websocket.receive":
        text = message.get("text")
        try:
            await notifier.send(message["bytes"] if text is None else text)
        except ConnectionClosed:
            await notifier.wait_closed()
            await _close_like(notifier, client)
            return
    code = message.get("code", NO_STATUS)
    await notifier.close(code if _can_be_sent(code) else GOING_AWAY)


async def _pass_down(notifier: ClientConnection, client: WebSocket) -> None:
    with suppress(ConnectionClosedError):
        async for message in notifier:
            if isinstance(message, str):
                await client.send_text(message)
            else:
                await client.send_bytes(message)
    await _close_like(notifier, client)


async def _close_like(notifier: ClientConnection, client: WebSocket) -> None:
    code = notifier.close_code
    if code is None or code == ABNORMAL:
        code = TRY_AGAIN_LATER  # it vanished; another will be there
    elif not _can_be_sent(code):
        code = NORMAL
    await client.close(code, notifier.close_reason)


def _can_be_sent(code: int) -> bool:
    return code in EXTERNAL_CLOSE_CODES or 3000 <= code < 5000
