"""`darkroom notifier`: one process."""

import asyncio
import sys

from services.notifier.service import run
from services.notifier.settings import Settings
from shared import log
from shared.bus import base as broker
from shared.bus.amqp import AmqpBus
from shared.db.engine import open_engine, reachable, session_factory
from shared.process import health_port, read_settings, run_until_stopped
from shared.serving.limits import PortTaken


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    engine = open_engine(
        settings.database_url.get_secret_value(),
        process="notifier",
        pool_size=settings.database_pool_size,
    )
    sessions = session_factory(engine)
    bus = AmqpBus(settings.amqp_url.get_secret_value(), name="notifier")
    checks = {
        "database": lambda: reachable(sessions),
        "broker": lambda: broker.reachable(bus),
    }
    try:
        async with bus, health_port(settings.health_port, checks=checks):
            await run(settings, sessions=sessions, bus=bus, stop=stop)
    finally:
        await engine.dispose()


def main() -> None:
    settings = read_settings(Settings)
    log.configure("notifier", level=settings.log_level, json=settings.log_json)
    try:
        run_until_stopped(lambda stop: serve(settings, stop))
    except PortTaken as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
