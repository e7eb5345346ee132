"""What each service may do at the broker: all that it does, and nothing else."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
import pytest_asyncio
from aiormq.exceptions import ChannelAccessRefused
from structlog.testing import capture_logs

from deploy.compose import rabbitmq
from shared.bus.amqp import AmqpBus
from shared.bus.amqp_queues import EXCHANGES
from shared.bus.base import (
    CONTROL,
    DEAD_QUEUES,
    EVENTS,
    OUTPUT_QUEUE,
    REPORT_QUEUE,
    REPORTS,
    WORK,
    BrokerUnavailable,
    DeadLetter,
    Queue,
    Unroutable,
    work_queue,
)
from shared.errors import Refused
from shared.messages import Message
from tests.contracts.broker_users import (
    channel_of,
    import_definitions,
    output,
    subscribed,
    url_for,
    what_it_says,
)
from tests.contracts.bus_parts import QUICK, Received, claim, generate, ignore
from tests.infrastructure.broker import Broker, Management, VirtualHosts
from tests.infrastructure.waiting import until

DEFAULT = "amq.default"
LIVE = f"live.{uuid4().hex}"

# user → (configure, write, read)
LEAST: Mapping[str, tuple[set[str], set[str], set[str]]] = {
    "dispatcher": (
        {"reports", "heartbeats", *DEAD_QUEUES},
        {"reports", "heartbeats", WORK, CONTROL, EVENTS, REPORTS, DEFAULT},
        {"reports", "heartbeats", *DEAD_QUEUES, REPORTS},
    ),
    "worker": (
        {"control.gpu-1", "generate.gpu-1", "control.gpu-2", "generate.gpu-2", "generate.dead"},
        {"control.gpu-1", "generate.gpu-1", "control.gpu-2", "generate.gpu-2", REPORTS, DEFAULT},
        {"control.gpu-1", "generate.gpu-1", "control.gpu-2", "generate.gpu-2", CONTROL, WORK},
    ),
    "content": (
        {"outputs", "outputs.dead"},
        {"outputs", REPORTS, DEFAULT},
        {"outputs", REPORTS},
    ),
    "notifier": ({LIVE}, {LIVE}, {LIVE, EVENTS, REPORTS}),
}
OTHERS = {
    *("", "amq.topic", "amq.direct", "amq.rabbitmq.event", "reports.dead2", "my.reports"),
    *(
        "xlive.1",
        "live",
        "live.",
        "control",
        "control.",
        "generate.",
        "darkroom.other",
        "outputs.x",
    ),
}
KINDS = ("configure", "write", "read")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def passwords(broker: Broker) -> dict[str, str]:
    """Of the users, whom the broker has from the definitions."""
    return import_definitions(broker)


def test_the_definitions_name_the_exchanges_of_the_bus() -> None:
    assert rabbitmq.EXCHANGES == EXCHANGES


@pytest.mark.parametrize("user", LEAST)
def test_a_user_may_do_what_it_needs_and_nothing_else(user: str) -> None:
    everything = OTHERS.union(*(names for least in LEAST.values() for names in least))

    allowed = tuple(
        {name for name in everything if re.search(pattern, name)}
        for pattern in rabbitmq.permissions[user]
    )

    assert allowed == LEAST[user]


def test_there_are_no_other_users() -> None:
    assert set(rabbitmq.permissions) == set(LEAST)


async def test_everything_works_with_the_definitions_and_needs_no_more(
    broker: Broker, passwords: Mapping[str, str]
) -> None:
    received: dict[str, Received[Any]] = {user: Received() for user in LEAST}

    with capture_logs() as logs:
        async with AsyncExitStack() as stack:
            buses = {
                user: await stack.enter_async_context(
                    AmqpBus(url_for(user, passwords, broker.url), name=user, timing=QUICK)
                )
                for user in LEAST
            }
            for user, bus in buses.items():
                await stack.enter_async_context(subscribed(user, bus, received[user]))
            for bus in buses.values():
                async with asyncio.timeout(20):
                    await bus.until_connected()
            for user, bus in buses.items():
                for message in what_it_says(user):
                    await bus.publish(message)
            for user, count in (("dispatcher", 5), ("worker", 4), ("content", 2), ("notifier", 2)):
                await received[user].until(count)

    assert [line for line in logs if line["event"] == "broker.lost"] == []
    assert said(received["dispatcher"]) == ["claim", "claim", "failed", "failed", "heartbeat"]
    assert said(received["worker"]) == ["drop", "generate", "go", "yours"]
    assert said(received["content"]) == ["output", "output"]
    assert said(received["notifier"]) == ["content.deleted", "progress"]


def said(received: Received[Any]) -> list[str]:
    return sorted(message.type for message in received.messages)


@pytest.mark.parametrize(
    ("user", "message"),
    [("dispatcher", claim()), ("worker", generate()), ("content", output())],
)
async def test_what_is_refused_reaches_the_dispatcher_as_a_dead_letter(
    broker: Broker, passwords: Mapping[str, str], user: str, message: Message
) -> None:
    letters = Received[DeadLetter]()

    async def refuse(_message: object) -> None:
        raise Refused("not to be handled")

    async with (
        AmqpBus(url_for(user, passwords, broker.url), name=user, timing=QUICK) as bus,
        AmqpBus(url_for("dispatcher", passwords, broker.url), name="d", timing=QUICK) as dispatcher,
        dispatcher.subscribe_dead(letters),
    ):
        queues: dict[str, Queue[Any]] = {
            "dispatcher": REPORT_QUEUE,
            "worker": work_queue("gpu-1"),
            "content": OUTPUT_QUEUE,
        }
        async with bus.subscribe(queues[user], refuse):
            await bus.until_connected()
            await dispatcher.until_connected()
            await dispatcher.publish(message)
            (letter,) = await letters.until(1)

    assert letter.reason == "rejected"


@pytest.mark.parametrize(
    ("user", "kind", "name"),
    [
        (user, kind, name)
        for user, least in LEAST.items()
        for kind, names in zip(KINDS, least, strict=True)
        for name in sorted(names)
        if not name.endswith("gpu-2")
    ],
)
async def test_each_permission_is_needed(
    broker: Broker, passwords: Mapping[str, str], user: str, kind: str, name: str
) -> None:
    hosts = VirtualHosts(broker)
    url = hosts.create()
    async with AmqpBus(url, name="the exchanges", timing=QUICK) as bus:
        await bus.until_connected()
    without = "live\\..+" if name == LIVE else re.escape(name)
    permission = rabbitmq.permissions[user]._asdict()
    permission[kind] = f"^(?!{without}$)({permission[kind]})"
    host = quote(urlsplit(url).path.strip("/"))
    Management(broker).ask("PUT", f"permissions/{host}/{user}", permission)

    await until_refused(user, url_for(user, passwords, url))

    hosts.delete(url)


async def until_refused(user: str, url: str) -> None:
    with capture_logs() as logs:

        def refusals() -> list[str]:
            return [line["reason"] for line in logs if "ACCESS_REFUSED" in line.get("reason", "")]

        async with AmqpBus(url, name=user, timing=QUICK) as bus, subscribed(user, bus):
            await until(lambda: bus.is_connected or refusals())
            with suppress(BrokerUnavailable):
                for message in what_it_says(user):
                    with suppress(Unroutable):  # most of their queues are not there
                        await bus.publish(message)
            await until(refusals, what="the broker refuses something")


@pytest.mark.parametrize(
    ("user", "queue"),
    [
        *(("worker", "reports"), ("worker", "outputs"), ("worker", "generate.dead")),
        *(("content", "reports"), ("notifier", "reports"), ("notifier", "heartbeats")),
        *(("dispatcher", "outputs"), ("dispatcher", "generate.gpu-1")),
    ],
)
async def test_nobody_reads_what_is_for_others(
    broker: Broker, passwords: Mapping[str, str], user: str, queue: str
) -> None:
    await make_queues(broker)
    async with channel_of(user, broker, passwords) as channel:
        with pytest.raises(ChannelAccessRefused):
            await channel.basic_consume(queue, ignore)


@pytest.mark.parametrize(
    ("user", "exchange"),
    [
        *(("notifier", REPORTS), ("notifier", EVENTS), ("notifier", "")),
        *(("worker", EVENTS), ("worker", WORK), ("worker", CONTROL), ("content", EVENTS)),
    ],
)
async def test_nobody_says_what_is_for_others_to_say(
    broker: Broker, passwords: Mapping[str, str], user: str, exchange: str
) -> None:
    await make_queues(broker)
    async with channel_of(user, broker, passwords) as channel:
        with pytest.raises(ChannelAccessRefused):
            await channel.basic_publish(b"{}", exchange=exchange, routing_key="claim")


@pytest.mark.parametrize("user", LEAST)
async def test_nobody_makes_or_removes_an_exchange(
    broker: Broker, passwords: Mapping[str, str], user: str
) -> None:
    async with channel_of(user, broker, passwords) as channel:
        with pytest.raises(ChannelAccessRefused):
            await channel.exchange_declare(EVENTS, exchange_type="topic", durable=True)
    async with channel_of(user, broker, passwords) as channel:
        with pytest.raises(ChannelAccessRefused):
            await channel.exchange_delete(EVENTS)


async def make_queues(broker: Broker) -> None:
    async with (
        AmqpBus(broker.url, name="all queues", timing=QUICK) as bus,
        AsyncExitStack() as all_,
    ):
        for user in LEAST:
            await all_.enter_async_context(subscribed(user, bus))
        await bus.until_connected()
