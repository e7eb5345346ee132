"""`darkroom run`, `migrate`, and one subcommand a service."""

import asyncio

import typer

TOGETHER = "All in one"
APART = "One process each (need DATABASE_URL, AMQP_URL)"


def install(app: typer.Typer) -> None:
    app.command(rich_help_panel=TOGETHER)(run)
    for command in (migrate, gateway, dispatcher, worker, content, notifier):
        app.command(rich_help_panel=APART)(command)


def run() -> None:
    """Start everything in one process, with a PostgreSQL of its own, and print a link.

    Uses the ComfyUI at COMFYUI_URL, or the one on http://127.0.0.1:8188 if it answers, or else a
    simulator that draws pictures without a GPU. PORT (8000) and DATA_DIR (.darkroom) are honoured.
    """
    from deploy.standalone.neighbour import begin_to_look

    neighbour = begin_to_look()  # what is loaded next takes a while
    from deploy.standalone.__main__ import main

    main(neighbour)


def migrate() -> None:
    """Bring the database at DATABASE_URL to this version's schema. Safe to repeat."""
    from deploy.cli.database import database_url
    from shared.db.migrate import upgrade_database

    async def upgrade() -> None:
        async with database_url() as url:
            await upgrade_database(url)

    asyncio.run(upgrade())
    typer.echo("The database is up to date.")


def gateway() -> None:
    """Accept jobs: REST, OpenAPI, the page, the way in to the live events."""
    from gateway.__main__ import main

    main()


def dispatcher() -> None:
    """Publish jobs, choose their workers, apply what workers report. Several may run."""
    from services.dispatcher.__main__ import main

    main()


def worker() -> None:
    """Talk to the one ComfyUI at COMFYUI_URL. One worker a ComfyUI; needs no database."""
    from services.comfyui_worker.__main__ import main

    main()


def content() -> None:
    """Make one gallery item of each finished job, and its thumbnails. Several may run."""
    from services.content.__main__ import main

    main()


def notifier() -> None:
    """Tell every browser what happens, over WebSockets. Several may run."""
    from services.notifier.__main__ import main

    main()
