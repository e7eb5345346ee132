"""One WebSocket from its acceptance to its end: what the client asks, and what it is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from typing import Any

from services.notifier import frames
from services.notifier.frames import MalformedFrame, Ping, Request, Subscribe, Unsubscribe
from services.notifier.hub import Hub
from services.notifier.listener import Listener
from services.notifier.mailbox import POLICY, TRY_AGAIN, Close
from services.notifier.snapshots import Snapshots
from shared.errors import Unavailable
from shared.jobs import JobId

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_MALFORMED = 10  # in a row
MAX_JOBS = 2000  # that one socket is subscribed to

NO_SENSE = Close(POLICY, "nothing you say is understood")
NO_DATABASE = Close(TRY_AGAIN, "the database does not answer")


async def converse(
    listener: Listener, hub: Hub, snapshots: Snapshots, *, receive: Receive, send: Send
) -> None:
    """Until either side closes it."""
    listener.mailbox.put(frames.HELLO)
    with hub.listening(listener):
        sending = asyncio.create_task(_send_all(listener, send))
        try:
            await _Reader(listener, hub, snapshots).read_all(receive)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending


async def _send_all(listener: Listener, send: Send) -> None:
    with suppress(OSError):  # the client has gone; the reader is told so too
        while True:
            match await listener.mailbox.next():
                case Close(code=code, reason=reason):
                    await send({"type": "websocket.close", "code": code, "reason": reason})
                    return
                case frame:
                    await send({"type": "websocket.send", "text": frame})


class _Reader:
    def __init__(self, listener: Listener, hub: Hub, snapshots: Snapshots) -> None:
        self._listener = listener
        self._hub = hub
        self._snapshots = snapshots
        self._malformed = 0  # in a row

    async def read_all(self, receive: Receive) -> None:
        mailbox = self._listener.mailbox
        while (message := await receive())["type"] == "websocket.receive":
            if mailbox.is_closed:
                continue
            try:
                request = frames.parse(message.get("text"))
            except MalformedFrame as error:
                self._count(error)
                continue
            self._malformed = 0
            try:
                await self._answer(request)
            except Unavailable:
                mailbox.close(NO_DATABASE)

    def _count(self, error: MalformedFrame) -> None:
        self._malformed += 1
        self._listener.mailbox.put(frames.error(error.code, str(error)))
        if self._malformed == MAX_MALFORMED:
            self._listener.mailbox.close_after_all(NO_SENSE)

    async def _answer(self, request: Request) -> None:
        match request:
            case Ping():
                self._listener.mailbox.put(frames.PONG)
            case Subscribe():
                await self._subscribe(request.jobs)
            case Unsubscribe():
                self._unsubscribe(request.jobs)

    async def _subscribe(self, job_ids: Collection[JobId] | None) -> None:
        if job_ids is None:
            await self._snapshots.tell_feed(self._listener)
        elif len(self._listener.jobs.union(job_ids)) <= MAX_JOBS:
            await self._snapshots.tell_jobs(self._listener, job_ids)
        else:
            detail = f"a socket follows at most {MAX_JOBS} jobs; unsubscribe from some"
            self._listener.mailbox.put(frames.error("too_many_subscriptions", detail))

    def _unsubscribe(self, job_ids: Collection[JobId] | None) -> None:
        if job_ids is None:
            self._hub.leave_feed(self._listener)
        else:
            self._hub.leave_jobs(self._listener, job_ids)
