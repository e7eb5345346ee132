"""The notifier without its broker, without its database, frozen, and killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from sqlalchemy.engine import make_url
from websockets.exceptions import ConnectionClosed, InvalidStatus

from shared.bus.amqp import AmqpBus
from shared.bus.in_process import InProcessBus
from shared.db.engine import Sessions, open_engine, session_factory
from tests.factories import Token, make_token
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import Processes, darkroom
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until
from tests.integration.notifier.live import Frame, Story, client, notifier


@pytest.fixture
async def token(sessions: Sessions) -> Token:
    return await make_token(sessions)


@asynccontextmanager
async def amqp_wire(amqp_url: str) -> AsyncIterator[tuple[TcpProxy, str]]:
    """A wire to the broker, and the url that leads through it."""
    address = urlsplit(amqp_url)
    async with TcpProxy(address.port or 5672) as wire:
        yield wire, address._replace(netloc=f"guest:guest@127.0.0.1:{wire.port}").geturl()


def shows_completed(frame: Frame) -> bool:
    jobs = frame["jobs"] if frame["type"] == "snapshot" else [frame.get("job")]
    return any(job and job["status"] == "completed" for job in jobs)


async def test_whenever_its_queue_was_gone_everybody_gets_a_new_snapshot_before_further_events(
    sessions: Sessions, token: Token, amqp_url: str
) -> None:
    stranger = await make_token(sessions)
    async with (
        amqp_wire(amqp_url) as (wire, url),
        AmqpBus(url, name="notifier") as bus,
        AmqpBus(amqp_url, name="dispatcher") as dispatcher,
        notifier(sessions, bus) as port,
        client(port, token) as named,
        client(port, token) as feed,
        client(port, stranger) as other,
    ):
        await bus.until_connected()
        story = Story(sessions, dispatcher)
        job_id = await story.create(token)
        await named.subscribe(job_id)
        await feed.subscribe()
        await other.subscribe()
        await wire.cut()
        await until(lambda: not bus.is_connected)
        await story.run(job_id)  # nobody hears of this

        await wire.heal()
        async with asyncio.timeout(60):
            await bus.until_connected()
        await story.complete(job_id)

        for one in (named, feed):
            await one.hear_until(shows_completed)
            _, second, *_ = [frame for frame in one.heard if "jobs" in frame or "job" in frame]
            assert second["type"] == "snapshot"
            assert second["jobs"][0]["version"] >= 2
        assert (await other.hear_until("snapshot"))["jobs"] == []


async def test_without_a_database_nobody_gets_in_and_sockets_that_are_open_stay(
    sessions: Sessions, token: Token, database_tcp_url: str
) -> None:
    address = make_url(database_tcp_url)
    assert address.port is not None
    async with TcpProxy(address.port) as wire, InProcessBus() as bus:
        url = address.set(port=wire.port).render_as_string(hide_password=False)
        engine = open_engine(url, process="notifier")
        async with (
            notifier(session_factory(engine), bus) as port,
            client(port, token) as follower,
            client(port, token) as late,
        ):
            await bus.until_connected()
            story = Story(sessions, bus)
            await follower.subscribe()
            await late.hear()
            await wire.cut()

            with pytest.raises(InvalidStatus) as refused:
                async with client(port, token):
                    pass
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"]
            await late.say({"type": "subscribe", "feed": "mine"})
            assert await late.closed_with() == 1013
            job_id = await story.create(token)
            assert (await follower.hear_until("job.created"))["job"]["id"] == str(job_id)

            await wire.heal()
            await until(lambda: gets_a_snapshot(port, token), within=30)
        await engine.dispose()


async def gets_a_snapshot(port: int, token: Token) -> bool:
    try:
        async with client(port, token) as one:
            return len((await one.subscribe())["jobs"]) == 1
    except (InvalidStatus, ConnectionClosed):
        return False


async def test_a_snapshot_that_is_due_after_an_outage_waits_for_the_database(
    sessions: Sessions, token: Token, database_tcp_url: str, amqp_url: str
) -> None:
    address = make_url(database_tcp_url)
    assert address.port is not None
    async with (
        TcpProxy(address.port) as database_wire,
        amqp_wire(amqp_url) as (broker_wire, url),
        AmqpBus(url, name="notifier") as bus,
        AmqpBus(amqp_url, name="dispatcher") as dispatcher,
    ):
        database = address.set(port=database_wire.port).render_as_string(hide_password=False)
        engine = open_engine(database, process="notifier")
        async with notifier(session_factory(engine), bus) as port, client(port, token) as one:
            await bus.until_connected()
            story = Story(sessions, dispatcher)
            job_id = await story.create(token)
            await one.subscribe()
            await database_wire.cut()
            await broker_wire.cut()
            await until(lambda: not bus.is_connected)
            await story.run(job_id)
            await broker_wire.heal()
            async with asyncio.timeout(60):
                await bus.until_connected()
            await story.complete(job_id)
            assert not [frame for frame in await one.hear_out() if frame["type"] != "pong"]

            await database_wire.heal()

            (job,) = (await one.hear_until("snapshot"))["jobs"]
            assert (job["status"], job["version"]) == ("completed", 3)
        await engine.dispose()


async def test_a_notifier_that_is_killed_is_followed_by_one_that_knows_everything(
    sessions: Sessions, token: Token, database_url: str, amqp_url: str, processes: Processes
) -> None:
    port, health_port = free_port(), free_port()
    child = processes.add(
        "notifier",
        darkroom("notifier"),
        environment={
            "DATABASE_URL": database_url,
            "AMQP_URL": amqp_url,
            "NOTIFIER_PORT": str(port),
            "HEALTH_PORT": str(health_port),
        },
        health_port=health_port,
    )
    await child.start()
    async with AmqpBus(amqp_url, name="dispatcher") as bus:
        story = Story(sessions, bus)
        job_id = await story.create(token)
        async with client(port, token) as one:
            await one.subscribe()
            child.kill()
            assert await one.closed_with() == 1006
        await story.run(job_id)
        await child.start()
        async with client(port, token) as again:
            (job,) = (await again.subscribe())["jobs"]
            assert (job["status"], job["version"]) == ("running", 2)
            await story.complete(job_id)
            await again.hear_until("job.completed")

    assert await child.terminate() == 0
