"""The command line: `darkroom`."""

import sys

import typer

from deploy.cli import doctor, legacy, services, tokens
from deploy.standalone.postgres_process import PostgresUnusable
from shared import log
from shared.errors import AppError

app = typer.Typer(
    name="darkroom",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "A dependable job platform in front of ComfyUI.\n\n"
        "[bold]darkroom run[/bold] starts everything in one process and prints a link. "
        "The services can also run by themselves, one process each, with PostgreSQL and "
        "RabbitMQ between them. Every setting is an environment variable, explained in "
        ".env.example."
    ),
)
services.install(app)
legacy.install(app)
doctor.install(app)
app.add_typer(tokens.app, name="token")


def main() -> None:
    """What goes wrong on purpose is a sentence and exit code 1, never a traceback."""
    log.configure("cli", level="ERROR", json=False)
    try:
        app()
    except (AppError, PostgresUnusable) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
