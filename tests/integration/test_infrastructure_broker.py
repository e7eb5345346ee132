"""The brokers that the tests get are real, private, and break as they are told."""

from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from tests.infrastructure.broker import Broker, VirtualHosts, greets

pytestmark = pytest.mark.timeout(600)
SAVED = aio_pika.DeliveryMode.PERSISTENT


async def declare(url: str, name: str, *, passive: bool = False) -> int:
    """How many messages the durable queue holds."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(name, durable=True, passive=passive)
        return queue.declaration_result.message_count or 0


async def publish(url: str, queue_name: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        message = aio_pika.Message(b"kept", delivery_mode=SAVED)
        await channel.default_exchange.publish(message, routing_key=queue_name)


def port_of(broker: Broker) -> int:
    port = urlsplit(broker.url).port
    assert port is not None
    return port


async def test_a_message_goes_through(amqp_url: str) -> None:
    await declare(amqp_url, "letters")
    await publish(amqp_url, "letters")

    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        queue: AbstractQueue = await channel.get_queue("letters")
        message = await queue.get(timeout=10)
        assert message is not None
        await message.ack()
    assert message.body == b"kept"


@pytest.mark.parametrize("visit", ["first", "second"])
async def test_each_test_finds_an_empty_virtual_host(
    amqp_url: str, broker_server: Broker | None, visit: str
) -> None:
    if broker_server is None:
        pytest.skip("AMQP_URL names one virtual host for all tests")
    with pytest.raises(ChannelNotFoundEntity):
        await declare(amqp_url, "left-behind", passive=True)

    await declare(amqp_url, "left-behind")


async def test_a_killed_broker_is_gone_and_comes_back_with_what_was_on_its_disk(
    broker: Broker,
) -> None:
    await declare(broker.url, "survivors")
    await publish(broker.url, "survivors")

    await broker.kill()
    assert not await greets("127.0.0.1", port_of(broker))

    await broker.start()
    assert await declare(broker.url, "survivors", passive=True) == 1


async def test_a_stopped_broker_is_gone_and_starts_at_the_same_url(broker: Broker) -> None:
    url = broker.url

    await broker.stop()
    assert not await greets("127.0.0.1", port_of(broker))

    await broker.start()
    assert broker.url == url
    assert await declare(url, "after-the-stop") == 0


async def test_a_wiped_broker_has_lost_everything_and_works(broker: Broker) -> None:
    await declare(broker.url, "forgotten")

    await broker.wipe()
    await broker.start()

    with pytest.raises(ChannelNotFoundEntity):
        await declare(broker.url, "forgotten", passive=True)
    hosts = VirtualHosts(broker)
    url = hosts.create()
    assert await declare(url, "anything") == 0
    hosts.delete(url)
