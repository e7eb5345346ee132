"""uvicorn's HTTP, whose clients may take no part of it without end.

    idle ─first byte▶ head ─▶ body ─▶ idle
      75 s              20 s    30 s    (shared/serving/limits.py)

Only what does not come in one piece costs a timer. A client that takes none of its answer is cut
off; one that is refused is told why, and may still finish what it was saying, which nobody reads.
"""

import asyncio
from enum import Enum, auto
from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from shared.errors import AppError
from shared.serving.config import Config
from shared.serving.limits import (
    BodyTooSlow,
    HeadTooLarge,
    HeadTooSlow,
    NotHttp,
    TooManyConnections,
)
from shared.serving.problems import problem_of
from shared.serving.traces import trace_id_in

MANNERS = 100  # connections too many that are still told so

REFUSED = Counter("darkroom_refused_connections", "HTTP that was ended by us", ["reason"])


class Part(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()


class HttpProtocol(HttpToolsProtocol):
    config: Config

    def __init__(self, config: Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self._limits = config.limits
        self._part = Part.IDLE
        self._head_bytes = 0  # that came while the head was not complete, and what came with them
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._fault: AppError | None = None
        self._is_over = False  # nothing that comes is read any more

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        too_many = len(self.connections) - self.config.most_connections
        if too_many > MANNERS:
            transport.abort()
        elif too_many > 0:
            self._refuse(TooManyConnections("there are too many connections; try again"))
        else:
            self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_timers()

    def data_received(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._part is not Part.BODY:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_over:
            return
        if self._part is Part.BODY:
            self._allow(self._limits.body)
        elif self._part is Part.HEAD or self._head_bytes:
            if self._head_bytes > self._limits.head_bytes:
                self._refuse(self._too_large())
            else:
                self._allow(self._limits.head)
        elif self._is_answered and self.timeout_keep_alive_task is None:
            self._wait_for_request()

    def handle_websocket_upgrade(self) -> None:
        self._is_over = True
        self._forget_timers()
        super().handle_websocket_upgrade()

    # What the parser finds

    def on_message_begin(self) -> None:
        self._part = Part.HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._head_bytes > self._limits.head_bytes:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        else:
            size = 0
        if size > self._limits.head_bytes or len(self.headers) > self._limits.headers:
            self._fault = self._too_large()
            raise self._fault  # which ends the parsing, and comes back to send_400_response
        super().on_headers_complete()
        self._begin(Part.BODY)

    def on_message_complete(self) -> None:
        self._begin(Part.IDLE)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._fault or NotHttp("this is not HTTP as we understand it"))

    # How long it may take

    def _begin(self, part: Part) -> None:
        self._part = part
        self._head_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _allow(self, seconds: float) -> None:
        """From now, for what is incomplete; the first word counts."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._deadline = None
        if self.flow.read_paused:
            self._allow(self._limits.body)  # it is we who do not listen
        elif self._part is Part.BODY:
            self._refuse(BodyTooSlow(f"the body did not arrive within {self._limits.body:g} s"))
        else:
            self._refuse(HeadTooSlow(f"the head did not arrive within {self._limits.head:g} s"))

    def _wait_for_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            self._limits.idle, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._let_go()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._let_go()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _let_go(self) -> None:
        """A closed transport waits for what it has still to send, and may do so for ever."""
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self._limits.unread, self.transport.abort)

    def _forget_timers(self) -> None:
        self._unset_keepalive_if_required()
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        self._deadline = self._unread = None

    # How it ends

    @property
    def _is_answered(self) -> bool:
        # None until the first request, whatever uvicorn's types say.
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]

    def _too_large(self) -> HeadTooLarge:
        most = f"{self._limits.head_bytes} bytes and {self._limits.headers} headers"
        return HeadTooLarge(f"the head of a request has at most {most}")

    def _refuse(self, error: AppError) -> None:
        """The last that this connection hears."""
        self._is_over = True
        self._forget_timers()
        REFUSED.labels(error.code).inc()
        if self._part is not Part.BODY and not self._is_answered:
            self.cycle.keep_alive = False  # what was asked before is answered before
        elif self.pipeline:
            self.transport.abort()
        else:
            if self._part is not Part.BODY or not self.cycle.response_started:
                self._say(error)
            self._abandon()
            self._end()

    def _abandon(self) -> None:
        if not self._is_answered:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _say(self, error: AppError) -> None:
        answer = problem_of(error, trace_id_in(""))
        headers = {**answer.headers, "Content-Length": str(len(answer.body)), "Connection": "close"}
        lines = [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
        status = STATUS_LINE[answer.status]
        self.transport.write(b"".join([status, *lines, b"\r\n", answer.body]))

    def _end(self) -> None:
        """Closed at once, with words of its own under way, a client would not hear ours."""
        self.transport.write_eof()
        self.loop.call_later(self._limits.farewell, self.transport.abort)
