"""`darkroom content`: one process."""

import asyncio

from services.content.service import run
from services.content.settings import Settings
from shared import log
from shared.bus import base as broker
from shared.bus.amqp import AmqpBus
from shared.db.engine import open_engine, reachable, session_factory
from shared.media import open_media
from shared.process import health_port, read_settings, run_until_stopped


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    engine = open_engine(
        settings.database_url.get_secret_value(),
        process="content",
        pool_size=settings.database_pool_size,
    )
    sessions = session_factory(engine)
    bus = AmqpBus(settings.amqp_url.get_secret_value(), name="content")
    media = open_media(settings.media_url.get_secret_value())
    checks = {
        "database": lambda: reachable(sessions),
        "broker": lambda: broker.reachable(bus),
        "media": media.reachable,
    }
    try:
        async with bus, health_port(settings.health_port, checks=checks):
            await run(settings, sessions=sessions, bus=bus, media=media, stop=stop)
    finally:
        await engine.dispose()


def main() -> None:
    settings = read_settings(Settings)
    log.configure("content", level=settings.log_level, json=settings.log_json)
    run_until_stopped(lambda stop: serve(settings, stop))


if __name__ == "__main__":
    main()
