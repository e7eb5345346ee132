"""`darkroom doctor`: what is wrong, in words, and what to do about it."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import typer

from shared.errors import AppError
from shared.settings import given

Probe = Callable[[], Coroutine[Any, Any, str]]  # says what is well; raises what is not


class Ailment(AppError):
    """Something that an operator can mend, and how."""

    code = "ailment"


def install(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor() -> None:
    """Check database, broker, media store, ComfyUI and workflows; say what is wrong and what to do.

    Looks at the same environment variables as the services. Exit code 1 if anything is wrong.
    """
    from rich.console import Console

    console = Console()
    probes: dict[str, Probe] = {
        "Database": _database,
        "Broker": _broker,
        "Media store": _media,
        "ComfyUI": _comfyui,
        "Workflows": _workflows,
    }
    ailments = 0
    for name, probe in probes.items():
        try:
            console.print(f"[green]✓[/green] {name}: {asyncio.run(probe())}", highlight=False)
        except AppError as ailment:
            ailments += 1
            console.print(f"[red]✗[/red] {name}: {ailment}", highlight=False)
    if ailments:
        raise typer.Exit(1)


async def _database() -> str:
    from sqlalchemy import text

    from deploy.cli.database import open_sessions, own_directory
    from deploy.standalone.postgres_process import PostgresUnusable
    from shared.db.engine import DatabaseUnavailable, transaction

    own = "" if given("DATABASE_URL") else " (of `darkroom run`, in DATA_DIR)"
    if own and not own_directory().exists():
        return f"{own_directory()} is not there yet; the first start makes it."
    try:
        async with open_sessions() as sessions, transaction(sessions) as session:
            version = await session.scalar(text("SHOW server_version"))
            tables = await session.scalar(text("SELECT to_regclass('generation_jobs')::text"))
    except DatabaseUnavailable as error:
        raise Ailment("it does not answer. Is DATABASE_URL right, and the server up?") from error
    except PostgresUnusable as error:
        raise Ailment(str(error)) from error
    if tables is None and not own:
        raise Ailment("it is empty. Run `darkroom migrate`.")
    return f"PostgreSQL {version}{own}."


async def _broker() -> str:
    url = given("AMQP_URL")
    if not url:
        return "AMQP_URL is not set; of the services only the gateway needs none."
    from shared.bus.amqp import AmqpBus

    async with AmqpBus(url, name="doctor") as bus:
        try:
            async with asyncio.timeout(5):
                await bus.until_connected()
        except TimeoutError as error:
            raise Ailment("RabbitMQ does not answer. Is AMQP_URL right, and it up?") from error
    return "RabbitMQ answers."


async def _media() -> str:
    from deploy.cli.media import media_url
    from shared.media import StoreUnavailable, open_media
    from shared.media_url import FolderAddress, parse_media_url

    url = media_url()
    address = parse_media_url(url)
    if isinstance(address, FolderAddress) and not address.path.exists():
        return f"{address} is not there yet; the first start makes it."
    media = open_media(url)
    try:
        await media.probe()
        free = await media.free_bytes()
    except StoreUnavailable as error:
        raise Ailment(f"{address}: {error}. Is MEDIA_URL right?") from error
    room = "no limit known" if free is None else f"{free / 1e9:.1f} GB free"
    return f"{address} can be written; {room}."


async def _comfyui() -> str:
    import httpx

    given = os.environ.get("COMFYUI_URL")
    url = (given or "http://127.0.0.1:8188").rstrip("/")
    try:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            stats = (await client.get(f"{url}/system_stats")).raise_for_status().json()
            version = stats["system"]["comfyui_version"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        if given is None:
            return f"none at {url}: `darkroom run` draws with its simulator. Or set COMFYUI_URL."
        raise Ailment(
            f"nothing that speaks its protocol at {url}. Is it started, with --listen if it is on "
            "another machine, and COMFYUI_URL right?"
        ) from error
    return f"version {version} at {url}."


async def _workflows() -> str:
    from shared.workflows.load import load_workflows

    own = os.environ.get("WORKFLOWS_DIR")
    loaded = load_workflows(*([Path(own)] if own else []))
    return ", ".join(sorted(loaded)) + "."
