"""`darkroom import-legacy`: bring the data of the older single application home."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deploy.legacy_import.report import Report
    from deploy.legacy_import.units import Requeue

MOVING = "Moving over"
INTERRUPTED = 130

From = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="URL",
        envvar="LEGACY_DATABASE_URL",
        show_envvar=True,
        help="The legacy database: postgresql://user:password@host/name. It is only read.",
    ),
]
FilesOption = Annotated[
    list[str],
    typer.Option(
        "--files",
        metavar="OLD[=NEW]",
        help="The output directory as the database writes it, and where it is now. Repeatable.",
    ),
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Write all that is said as JSON.")
]


def install(app: typer.Typer) -> None:
    app.command("import-legacy", rich_help_panel=MOVING)(import_legacy)


def import_legacy(
    source: From,
    files: FilesOption,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would come.")
    ] = False,
    requeue_pending: Annotated[
        bool, typer.Option("--requeue-pending", help="What was pending is made after all.")
    ] = False,
    report: ReportOption = None,
) -> None:
    """Bring jobs, images and users of the older single application home.

    Darkroom may run meanwhile. Killed and repeated it goes on; what is here is never written twice.
    """
    from rich.console import Console

    from deploy.legacy_import.table import print_report

    if report is not None:
        _refuse_unwritable(report)
    try:
        told = asyncio.run(_bring(source, files, dry_run=dry_run, requeue_pending=requeue_pending))
    except KeyboardInterrupt:
        typer.echo("Stopped. Say the same again, and it goes on from here.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if report is not None:
        _write(report, told)
    print_report(told, Console())


async def _bring(
    source: str, files: list[str], *, dry_run: bool, requeue_pending: bool
) -> "Report":
    from asyncpg import UndefinedTableError

    from deploy.cli.database import NoTables, database_url
    from deploy.cli.media import media_url
    from deploy.legacy_import.paths import root_of
    from deploy.legacy_import.run import Wanted, import_legacy
    from shared.db.engine import open_engine, session_factory
    from shared.media import open_media

    requeue = _requeue() if requeue_pending else None
    wanted = Wanted(source, [root_of(one) for one in files], dry_run, requeue)
    async with database_url() as url:
        engine = open_engine(url, process="import-legacy", pool_size=2)
        try:
            with _progress() as on_progress:
                return await import_legacy(
                    wanted,
                    sessions=session_factory(engine),
                    media=open_media(media_url()),
                    on_progress=on_progress,
                )
        except UndefinedTableError as error:
            raise NoTables("The database has no tables yet. Run `darkroom migrate`.") from error
        finally:
            await engine.dispose()


def _requeue() -> "Requeue":
    from deploy.legacy_import.requeue import requeued
    from shared.workflows.load import load_workflows
    from shared.workflows.values import LARGEST_SAFE_INTEGER

    own = os.environ.get("WORKFLOWS_DIR")
    workflows = load_workflows(*([Path(own)] if own else []))
    return partial(
        requeued,
        workflows=workflows,
        draw_seed=lambda: secrets.randbelow(LARGEST_SAFE_INTEGER + 1),
    )


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    columns = (TextColumn("Bringing jobs and content"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeLeft(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _refuse_unwritable(report: Path) -> None:
    """Before the work, not after it."""
    if not os.access(report.parent, os.W_OK) or report.is_dir():
        raise typer.BadParameter(f"{report} cannot be written", param_hint="--report")


def _write(path: Path, report: "Report") -> None:
    """Whole, or as it was."""
    import orjson

    told = orjson.dumps(report.as_json(), option=orjson.OPT_INDENT_2)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(told + b"\n")
    beside.replace(path)
