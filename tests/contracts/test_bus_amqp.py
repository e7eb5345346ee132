"""What the bus on RabbitMQ does that only RabbitMQ can tell."""

import asyncio
from collections.abc import AsyncIterator

import aiormq
import pytest
from aiormq import spec
from aiormq.abc import AbstractChannel
from structlog.testing import capture_logs

from shared.bus.amqp import AmqpBus
from shared.bus.base import HEARTBEAT_QUEUE, REPORT_QUEUE, BrokerUnavailable, Unroutable
from shared.messages import Claim, Failed, Heartbeat
from tests.contracts.bus_parts import QUICK, Busy, Received, claim, heartbeat, ignore
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until

PERSISTENT = 2


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[AmqpBus]:
    async with AmqpBus(amqp_url, name="test", timing=QUICK) as bus:
        yield bus


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[AbstractChannel]:
    async with aiormq.connect(amqp_url) as connection:
        yield await connection.channel()


async def test_leaving_ends_the_consumer_before_it_waits_so_nothing_is_redelivered(
    bus: AmqpBus, channel: AbstractChannel
) -> None:
    busy = Busy[Claim | Failed]()

    async def work() -> None:
        async with bus.subscribe(REPORT_QUEUE, busy, prefetch=1000):
            await busy.until(1)

    async def one_more_stays() -> bool:
        await bus.publish(claim())
        return bool((await channel.queue_declare("reports", passive=True)).message_count)

    async with bus.subscribe(REPORT_QUEUE, ignore):
        await bus.until_connected()
    await bus.publish(claim())
    async with asyncio.TaskGroup() as tasks:
        leaving = tasks.create_task(work())
        await busy.until(1)
        await until(one_more_stays, within=5)
        assert not leaving.done()
        busy.released.set()

    left = 0
    while (waiting := await channel.basic_get("reports", no_ack=True)).header.properties.message_id:
        assert isinstance(waiting.delivery, spec.Basic.GetOk)
        assert not waiting.delivery.redelivered
        left += 1
    assert left >= 1


async def test_what_must_arrive_is_written_to_disk_and_a_heartbeat_expires(
    bus: AmqpBus, channel: AbstractChannel
) -> None:
    async with bus.subscribe(REPORT_QUEUE, ignore), bus.subscribe(HEARTBEAT_QUEUE, ignore):
        await bus.until_connected()

    await bus.publish(claim())
    await bus.publish(heartbeat())

    report = (await channel.basic_get("reports", no_ack=True)).header.properties
    beat = (await channel.basic_get("heartbeats", no_ack=True)).header.properties
    assert (report.delivery_mode, report.expiration) == (PERSISTENT, None)
    assert (beat.delivery_mode, beat.expiration) == (1, "15000")


async def test_a_queue_of_another_make_is_said_and_not_crashed_over(
    amqp_url: str, channel: AbstractChannel
) -> None:
    await channel.queue_declare("reports", durable=True)

    with capture_logs() as logs:
        async with (
            AmqpBus(amqp_url, name="test", timing=QUICK) as bus,
            bus.subscribe(REPORT_QUEUE, ignore),
        ):
            await until(lambda: any(line["event"] == "broker.lost" for line in logs))
            with pytest.raises(BrokerUnavailable):
                await bus.publish(claim())

            await channel.queue_delete("reports")
            async with asyncio.timeout(10):
                await bus.until_connected()

    assert [line["event"] for line in logs] == ["broker.lost", "broker.regained"]
    assert "declaring reports" in logs[0]["reason"]


async def test_a_broker_that_is_away_is_said_once_and_without_the_password() -> None:
    url = f"amqp://guest:do-not-log-me@127.0.0.1:{free_port()}/"

    with capture_logs() as logs:
        async with AmqpBus(url, name="test", timing=QUICK) as bus:
            with pytest.raises(BrokerUnavailable) as refusal:
                await bus.publish(claim())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):  # of several attempts
                    await bus.until_connected()

    assert [line["event"] for line in logs] == ["broker.lost"]
    assert "do-not-log-me" not in f"{logs} {refusal.value}"


async def test_a_wrong_password_is_an_outage_too(amqp_url: str) -> None:
    url = amqp_url.replace("guest:guest", "guest:wrong")

    with capture_logs() as logs:
        async with AmqpBus(url, name="test", timing=QUICK) as bus:
            with pytest.raises(BrokerUnavailable):
                await bus.publish(claim())

    assert "ACCESS_REFUSED" in logs[0]["reason"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 64])
async def test_whatever_else_answers_there_is_an_outage_too(answer: bytes) -> None:
    asked = 0

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with AmqpBus(f"amqp://g:g@127.0.0.1:{port}/", name="test", timing=QUICK) as bus:
            await until(lambda: asked >= 3)
            with pytest.raises(BrokerUnavailable):
                await bus.publish(claim())


async def test_of_many_sent_at_once_each_is_confirmed_or_refused_as_itself(bus: AmqpBus) -> None:
    received = Received[Heartbeat]()
    async with bus.subscribe(HEARTBEAT_QUEUE, received, prefetch=None):
        await bus.until_connected()
        beats = [heartbeat() for _ in range(300)]

        # Nobody has declared the queue that claims go to.
        sent = await asyncio.gather(
            *(bus.publish(message) for beat in beats for message in (beat, claim())),
            return_exceptions=True,
        )

        assert sent[::2] == [None] * 300
        assert all(isinstance(answer, Unroutable) for answer in sent[1::2])
        assert await received.until(300) == beats


@pytest.mark.parametrize("size", [100_000, 131_000, 131_072, 131_200, 400_000])
async def test_a_message_of_any_size_arrives_whole(bus: AmqpBus, size: int) -> None:
    received = Received[Heartbeat]()
    large = heartbeat().model_copy(update={"reason": "x" * size})
    async with bus.subscribe(HEARTBEAT_QUEUE, received, prefetch=None):
        await bus.until_connected()

        await bus.publish(large)
        await bus.cast(large)
        await bus.cast(heartbeat())

        first, second, _ = await received.until(3)
        assert first == second == large
