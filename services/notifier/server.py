"""The WebSockets of the notifier, which can be written to at once."""

from http import HTTPStatus

from websockets.http11 import Request

from services.notifier.app import SEND_NOW
from shared.serving.websockets import WebSocketProtocol


class Protocol(WebSocketProtocol):
    """Offers the application `SEND_NOW`, as waking a task for each of 2,000 clients takes longer
    than writing to them."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            (self.scope["extensions"] or {})[SEND_NOW] = {"send": self.send_now}

    def send_now(self, text: str) -> bool:
        """False: it has to wait, and was not sent."""
        if not self.writable.is_set() or self.close_sent or self.transport.is_closing():
            return False
        self.conn.send_text(text.encode())
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True
