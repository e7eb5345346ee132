"""`darkroom run`: everything in one process, with a PostgreSQL of its own, and one link."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from pydantic import SecretStr

from deploy.standalone.comfyui import ComfyUI, chosen_comfyui
from deploy.standalone.neighbour import begin_to_look
from deploy.standalone.postgres import embedded_postgres
from deploy.standalone.postgres_process import PostgresUnusable
from deploy.standalone.readiness import takes_jobs
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
OPEN_WITHIN = 5.0  # seconds


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@dataclass
class Start:
    stop: asyncio.Event
    is_over: bool = False


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """DATABASE_URL if it is given: then no server of ours is ever started."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with embedded_postgres(settings.data_dir / "postgres") as server:
        yield server.url()


async def serve(settings: Settings, neighbour: "Future[bool]", start: Start) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with known_comfyui(settings, neighbour) as comfyui, database(settings) as url:
        await upgrade_database(url)
        engine = open_engine(url, process="standalone", pool_size=POOL_SIZE)
        sessions = session_factory(engine)
        try:
            token = await sign_in_token(sessions, settings.data_dir)
            async with running_system(
                settings, database_url=url, sessions=sessions, comfyui=comfyui
            ) as port:
                sentence = (await comfyui).sentence
                is_open = await takes_jobs(sessions, within=OPEN_WITHIN)
                start.is_over = True
                say(f"\n  Darkroom is ready:  http://127.0.0.1:{port}/login?token={token}\n")
                say(f"  {sentence}")
                if not is_open:
                    say("  It takes no jobs yet: what is submitted waits until it does.")
                say("  Ctrl-C ends it; nothing is lost.\n")
                await start.stop.wait()
                say("Ending: finishing what was begun ...")
        finally:
            await engine.dispose()


async def serve_until_stopped(
    settings: Settings, neighbour: "Future[bool]", stop: asyncio.Event
) -> None:
    """What is still starting when it is told to stop is not waited for."""
    start = Start(stop)
    serving = asyncio.ensure_future(serve(settings, neighbour, start))
    stopping = asyncio.ensure_future(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not start.is_over and serving.cancel():
        say("Ending: it had not begun.")
    with suppress(asyncio.CancelledError):
        await serving


@asynccontextmanager
async def known_comfyui(
    settings: Settings, neighbour: "Future[bool]"
) -> AsyncIterator["asyncio.Task[ComfyUI]"]:
    """Looked for while the rest starts."""
    end = asyncio.Event()
    found: asyncio.Future[ComfyUI] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        images = settings.data_dir / "simulator-output"
        async with chosen_comfyui(
            settings.comfyui_url, neighbour=neighbour, output_dir=images
        ) as comfyui:
            found.set_result(comfyui)
            await end.wait()

    async def wait() -> ComfyUI:
        return await found

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold())
        yield tasks.create_task(wait())
        end.set()


def main(neighbour: "Future[bool] | None" = None) -> None:
    neighbour = neighbour or begin_to_look()
    settings = read_settings(Settings)
    # The worker's own, read once here too, so that what is wrong is said before anything starts.
    read_settings(lambda: WorkerSettings(amqp_url=SecretStr("in-process:")))
    log.configure("darkroom", level=settings.log_level, json=settings.log_json)
    try:
        run_until_stopped(
            # Not uvloop: PostgreSQL is our child, and ends with the thread that started it.
            lambda stop: serve_until_stopped(settings, neighbour, stop),
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
