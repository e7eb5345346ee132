"""`darkroom gateway`: one process."""

import asyncio
import sys

from gateway.discovery.readiness import Readiness
from gateway.parts import assemble
from gateway.service import run
from gateway.settings import Settings
from shared import log
from shared.db.engine import open_engine, session_factory
from shared.media import open_media
from shared.process import health_port, read_settings, run_until_stopped
from shared.serving.limits import PortTaken
from shared.workflows.load import BrokenWorkflow, load_workflows
from shared.workflows.workflow import Workflows


async def serve(settings: Settings, workflows: Workflows, stop: asyncio.Event) -> None:
    engine = open_engine(
        settings.database_url.get_secret_value(),
        process="gateway",
        pool_size=settings.database_pool_size,
    )
    sessions = session_factory(engine)
    media = open_media(settings.media_url.get_secret_value())
    readiness = Readiness(sessions, media, notifier_url=settings.notifier_url)
    try:
        async with health_port(settings.health_port, checks=readiness.needed_checks()):
            parts = assemble(settings, sessions=sessions, media=media, workflows=workflows)
            await run(parts, stop=stop)
    finally:
        await engine.dispose()


def main() -> None:
    settings = read_settings(Settings)
    log.configure("gateway", level=settings.log_level, json=settings.log_json)
    own = settings.workflows_dir
    try:
        workflows = load_workflows(*([] if own is None else [own]))
        run_until_stopped(lambda stop: serve(settings, workflows, stop))
    except (BrokenWorkflow, PortTaken) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
