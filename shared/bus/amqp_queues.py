"""Every exchange and queue as RabbitMQ knows them: 3.10 and 4.x alike.

dead letters → quorum    exclusive → exclusive    neither → classic, durable

Dead letters go through the default exchange, at most once: RabbitMQ's at-least-once needs a queue
that refuses publishing when full, and what is lost with a broker that dies between two queues heals
as any lost message does.
"""

from typing import Any

from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelNotFoundEntity

from shared.bus.base import CONTROL, DELIVERY_LIMIT, EVENTS, REPORTS, WORK, Queue

EXCHANGES = {WORK: "direct", CONTROL: "topic", REPORTS: "direct", EVENTS: "topic"}

# The broker takes a message back from who has not answered in 30 min, and counts it. An outage may
# last longer. (3.10 ignores it; there it is `consumer_timeout` in rabbitmq.conf.)
CONSUMER_ARGUMENTS = {"x-consumer-timeout": 7 * 24 * 3600 * 1000}


def queue_arguments(queue: Queue[Any]) -> dict[str, str | int | bool]:
    arguments: dict[str, str | int | bool] = {}
    if queue.dead_letters:
        arguments |= {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue.dead_letters,
        }
    if queue.single_active:
        arguments["x-single-active-consumer"] = True
    if queue.unused_life:
        arguments["x-expires"] = round(queue.unused_life.total_seconds() * 1000)
    if queue.message_life:
        arguments["x-message-ttl"] = round(queue.message_life.total_seconds() * 1000)
    return arguments


async def declare_exchanges(connection: AbstractConnection) -> None:
    """Those that are missing. Whether one is there anybody may ask; declaring it, even where it is
    there, takes a permission that no service has where they come with the broker's definitions."""
    channel = await connection.channel()
    for name, kind in EXCHANGES.items():
        try:
            await channel.exchange_declare(name, exchange_type=kind, passive=True)
        except ChannelNotFoundEntity:  # which closes the channel
            channel = await connection.channel()
            await channel.exchange_declare(name, exchange_type=kind, durable=True)
    await channel.close()


async def declare_queue(channel: AbstractChannel, queue: Queue[Any]) -> None:
    """With its bindings, and with the queue that its dead letters go to."""
    if queue.dead_letters:
        await channel.queue_declare(queue.dead_letters, durable=True)
    await channel.queue_declare(
        queue.name,
        durable=not queue.exclusive,
        exclusive=queue.exclusive,
        arguments=dict(queue_arguments(queue)),
    )
    for exchange, key in queue.bindings:
        await channel.queue_bind(queue.name, exchange, key)
