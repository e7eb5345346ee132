"""A message as the frames that publish it, method, header and body; and what acknowledges one.

aiormq puts them together anew for each message, which takes several times as long as all else. Of
one route they differ in two numbers only.
"""

import struct
from datetime import timedelta
from functools import lru_cache

import pamqp.frame
from aiormq import spec
from pamqp.header import ContentHeader

from shared.bus.base import Route

TRANSIENT, PERSISTENT = 1, 2

_BODY_SIZE = slice(11, 19)  # of a header frame: type, channel, size, class, weight, then this
_METHOD, _BODY, _END = 1, 3, b"\xce"
_ACK = struct.Struct(">BHIHHQBB")
_ACK_METHOD, _ACK_SIZE, _ONE_ONLY = (60, 80), 13, 0


def properties(route: Route) -> spec.Basic.Properties:
    return spec.Basic.Properties(
        content_type="application/json",
        delivery_mode=PERSISTENT if route.durable else TRANSIENT,
        expiration=str(route.life // timedelta(milliseconds=1)) if route.life else None,
    )


def frames(channel: int, route: Route, body: bytes) -> bytes:
    """`body` must fit into one frame."""
    head, tail = _method_and_header(channel, route)
    size = len(body)
    return b"".join(
        (head, struct.pack(">Q", size), tail, struct.pack(">BHI", _BODY, channel, size), body, _END)
    )


def ack(channel: int, delivery_tag: int) -> bytes:
    return _ACK.pack(_METHOD, channel, _ACK_SIZE, *_ACK_METHOD, delivery_tag, _ONE_ONLY, _END[0])


@lru_cache(maxsize=4096)
def _method_and_header(channel: int, route: Route) -> tuple[bytes, bytes]:
    """What comes before the size of the body, and what comes after it."""
    method = spec.Basic.Publish(
        exchange=route.exchange, routing_key=route.key, mandatory=route.mandatory
    )
    header = pamqp.frame.marshal(ContentHeader(properties=properties(route), body_size=0), channel)
    before, after = header[: _BODY_SIZE.start], header[_BODY_SIZE.stop :]
    return pamqp.frame.marshal(method, channel) + before, after
