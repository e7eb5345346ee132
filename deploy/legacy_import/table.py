"""The report, for people."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.legacy_import.opening import Trouble
from deploy.legacy_import.paths import folders_named
from deploy.legacy_import.report import Count, Named, Report

SHOWN = 10  # of each list; all are in the JSON report


def print_report(report: Report, console: Console) -> None:
    written = "would be written" if report.is_dry_run else "written"
    table = Table(title=f"Legacy database, stage {report.stage}", title_justify="left")
    for heading in ("", "read", "merged", "refused", "split", "made", "already here", written):
        table.add_column(heading, justify="left" if heading == "" else "right")
    for name, count in (
        ("users", report.users),
        ("jobs", report.jobs),
        ("content", report.items),
    ):
        table.add_row(name, *_cells(count))
    console.print(table)
    size = f" ({report.bytes_copied / 1e6:.1f} MB)" if report.bytes_copied else ""
    copied = "Files found" if report.is_dry_run else "Files copied"
    console.print(f"{copied}: {report.files_copied:,}{size}", highlight=False)
    _print_counts(console, "Jobs arrived as", report.ended)
    _print_counts(console, "Found again, by", report.relinked)
    _print_counts(console, "Changed", report.changed)
    _print_counts(console, "Renamed users", report.renamed_users)
    _print_counts(console, "Of users, left behind (Darkroom has no place)", report.left_behind)
    _print_names(console, "Damaged files, copied all the same", report.damaged_files)
    if not report.lost:
        what = "Nothing else" if report.left_behind else "Nothing"
        console.print(f"[green]{what} was lost.[/green]")
        return
    _print_names(console, "Refused rows", report.refused)
    _print_names(console, "Missing files", report.missing_files)
    _print_names(console, "Completed jobs whose image was not found", report.without_content)
    _print_names(console, "Left out", report.left_out)
    outside = [one.path for one in report.missing_files if one.why == Trouble.OUTSIDE and one.path]
    for folder in folders_named(outside):
        given = f"--files {folder or 'FOLDER'}=/where/it/is/now"
        console.print(f"Some lie in {folder!r}, which was not given: {given}", markup=False)
    console.print(f"[yellow]Lost: {report.lost}, each named with --report FILE.[/yellow]")


def _cells(count: Count) -> Sequence[str]:
    numbers = (
        count.read,
        count.merged,
        count.refused,
        count.split,
        count.made,
        count.already,
        count.written,
    )
    return [f"{number:,}" for number in numbers]


def _print_counts(console: Console, title: str, counts: Mapping[str, object]) -> None:
    if counts:
        told = ", ".join(f"{escape(name)}: {escape(str(n))}" for name, n in sorted(counts.items()))
        console.print(f"{title}: {told}", highlight=False)


def _print_names(console: Console, title: str, names: Sequence[Named]) -> None:
    if not names:
        return
    console.print(f"{title}: {len(names)}")
    for one in names[:SHOWN]:
        path = f" {one.path!r}" if one.path else ""
        console.print(escape(f"  {one.table} {one.id}:{path} {one.why}"), highlight=False)
    if len(names) > SHOWN:
        console.print(f"  and {len(names) - SHOWN} more")
