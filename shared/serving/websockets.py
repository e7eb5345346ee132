"""uvicorn's WebSockets: every handshake has an answer, and every client an end."""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from shared.serving.config import GRACE_SECONDS, Config
from shared.serving.problems import Problem, answer_with
from shared.serving.traces import trace_id_in

PIECE_BYTES = 2048
MOST_FRAGMENTS = 1000  # of one message: empty ones never make it too large
INVALID_TEXT, POLICY = 1007, 1008


class Handshake(ServerProtocol):
    """Refuses with a problem document instead of plain text."""

    traceparent = ""

    def process_request(self, request: Request) -> tuple[str, str | None, str | None]:
        self.traceparent = request.headers.get("traceparent", "")
        return super().process_request(request)

    def reject(self, status: HTTPStatus | int, text: str) -> Response:
        response = super().reject(status, text)
        phrase = response.reason_phrase
        problem = Problem(
            type=phrase.lower().replace(" ", "_"),
            title=phrase.capitalize(),
            status=response.status_code,
            detail=text.partition("\n")[0] or phrase,
            trace_id=trace_id_in(self.traceparent),
        )
        answer = answer_with(problem, {"X-Trace-Id": problem.trace_id})
        response.body = answer.body
        del response.headers["Content-Type"], response.headers["Content-Length"]
        response.headers.update(answer.headers)
        response.headers["Content-Length"] = str(len(answer.body))
        return response


class WebSocketProtocol(WebSocketsSansIOProtocol):
    def __init__(self, config: Config, *args: Any, **kwargs: Any) -> None:
        super().__init__(config, *args, **kwargs)
        self.conn = Handshake(max_size=config.ws_max_size, logger=self.logger)
        self._unread = b""
        self._reads_on: asyncio.Handle | None = None

    def data_received(self, data: bytes) -> None:
        if self.handshake_complete:
            self._unread += data
            if self._reads_on is None:
                self._read_a_piece()
        elif self.handshake_initiated:
            self.transport.abort()  # it does not wait for our answer
        else:
            super().data_received(data)
            if self.conn.handshake_exc is not None and not self.handshake_initiated:
                self._refuse_unread()

    # A quarter of a megabyte holds ten thousand frames, during which nobody else is served: so it
    # is read in pieces, each when the application has taken what was in the one before.

    def _read_a_piece(self) -> None:
        self._reads_on = None
        if self.transport.is_closing():
            return
        piece, self._unread = self._unread[:PIECE_BYTES], self._unread[PIECE_BYTES:]
        super().data_received(piece)
        self._read_on()

    def _read_on(self) -> None:
        if self.transport.is_closing() or self.read_paused:
            return
        if self._unread:
            self.transport.pause_reading()
            if self._reads_on is None:
                self._reads_on = self.loop.call_soon(self._read_a_piece)
        elif self.writable.is_set():
            self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await super().receive()
        self._read_on()
        return message

    def _refuse_unread(self) -> None:
        """A handshake that could not even be read; uvicorn passes over that in silence."""
        self.handshake_complete = self.close_sent = True
        output = self.conn.data_to_send()
        if not any(output):
            response = self.conn.reject(HTTPStatus.BAD_REQUEST, "this is not a handshake")
            output = [response.serialize()]
        self.transport.write(b"".join(output))
        self.transport.close()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # Otherwise uvicorn logs an error for each that is refused.
            self.handshake_complete = True

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self._fail(POLICY)
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(self.frames):
            self._fail(INVALID_TEXT)
            return
        super().send_receive_event_to_app()

    def _fail(self, code: int) -> None:
        self.frames = []
        if self.close_sent:
            return
        self.conn.fail(code)
        self.handle_parser_exception()

    # What we answer to a client that reads nothing would pile up here.

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_on()

    # A closed transport waits for what it has still to send, which a client that reads nothing
    # never takes: so one that answers no ping, or no close, is cut off.

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if not self.disconnected:
            self.loop.call_later(GRACE_SECONDS, self.transport.abort)


def _is_text(frames: list[bytes]) -> bool:
    try:
        b"".join(frames).decode()
    except UnicodeDecodeError:
        return False
    return True
