"""`darkroom run`: everything in one process, with a PostgreSQL of its own, and one link."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from deploy.standalone.comfyui import ComfyUI, chosen_comfyui
from deploy.standalone.postgres import embedded_postgres
from deploy.standalone.postgres_process import PostgresUnusable
from deploy.standalone.settings import Settings
from deploy.standalone.sign_in import sign_in_token
from deploy.standalone.system import running_system
from services.comfyui_worker.settings import Settings as WorkerSettings
from shared import log
from shared.db.engine import open_engine, session_factory
from shared.db.migrate import upgrade_database
from shared.errors import AppError
from shared.process import read_settings, run_until_stopped

POOL_SIZE = 20


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """DATABASE_URL if it is given: then no server of ours is ever started."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with embedded_postgres(settings.data_dir / "postgres") as server:
        yield server.url()


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with known_comfyui(settings) as comfyui, database(settings) as url:
        await upgrade_database(url)
        engine = open_engine(url, process="standalone", pool_size=POOL_SIZE)
        sessions = session_factory(engine)
        try:
            token = await sign_in_token(sessions, settings.data_dir)
            async with running_system(
                settings, database_url=url, sessions=sessions, comfyui=comfyui
            ) as port:
                say(f"\n  Darkroom is ready:  http://127.0.0.1:{port}/login?token={token}\n")
                say(f"  {(await comfyui).sentence}")
                say("  Ctrl-C ends it; nothing is lost.\n")
                await stop.wait()
                say("Ending: finishing what was begun ...")
        finally:
            await engine.dispose()


@asynccontextmanager
async def known_comfyui(settings: Settings) -> AsyncIterator["asyncio.Task[ComfyUI]"]:
    """Looked for while the rest starts."""
    end = asyncio.Event()
    found: asyncio.Future[ComfyUI] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        images = settings.data_dir / "simulator-output"
        async with chosen_comfyui(settings.comfyui_url, output_dir=images) as comfyui:
            found.set_result(comfyui)
            await end.wait()

    async def wait() -> ComfyUI:
        return await found

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold())
        yield tasks.create_task(wait())
        end.set()


def main() -> None:
    settings = read_settings(Settings)
    # The worker's own, read once here too, so that what is wrong is said before anything starts.
    read_settings(lambda: WorkerSettings(amqp_url=SecretStr("in-process:")))
    log.configure("darkroom", level=settings.log_level, json=settings.log_json)
    try:
        run_until_stopped(
            # Not uvloop: PostgreSQL is our child, and ends with the thread that started it.
            lambda stop: serve(settings, stop),
            loop_factory=asyncio.new_event_loop,
        )
    except* (AppError, PostgresUnusable, OSError) as errors:
        for error in leaves(errors):
            sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


if __name__ == "__main__":
    main()
