"""What is put together by hand is what the library would have sent."""

from datetime import timedelta

import pytest
from pamqp import body, header
from pamqp.commands import Basic
from pamqp.frame import marshal

from shared.bus.amqp_frames import ack, frames, properties
from shared.bus.base import Route

ROUTES = [
    Route("darkroom.events", "job.created.0198"),
    Route("darkroom.reports", "heartbeat", life=timedelta(seconds=15)),
    Route("darkroom.work", "gpu-1", durable=True, mandatory=True),
]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_a_message_is_its_method_its_header_and_its_body(route: Route, size: int) -> None:
    said = bytes(size)
    publish = Basic.Publish(
        exchange=route.exchange, routing_key=route.key, mandatory=route.mandatory
    )
    content = header.ContentHeader(properties=properties(route), body_size=size)

    made = [frames(7, route, said) for _ in range(2)]

    expected = b"".join(
        (marshal(publish, 7), marshal(content, 7), marshal(body.ContentBody(said), 7))
    )
    assert made == [expected, expected]


@pytest.mark.parametrize("tag", [1, 2**62])
def test_an_acknowledgement_is_of_one_delivery(tag: int) -> None:
    assert ack(7, tag) == marshal(Basic.Ack(delivery_tag=tag, multiple=False), 7)
