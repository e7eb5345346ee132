"""What a benchmark found, and the table of it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.table import Table

WIDTH = 150  # where nobody says how wide the terminal is


@dataclass(frozen=True)
class Aim:
    value: float
    at_least: bool  # else at most

    def is_met(self, value: float) -> bool:
        return value >= self.value if self.at_least else value <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {shown(self.value)}"


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    aim: Aim | None = None
    beside: str = ""  # a limit measured in the same run, or how this was measured


def at_least(value: float) -> Aim:
    return Aim(value, at_least=True)


def at_most(value: float) -> Aim:
    return Aim(value, at_least=False)


def quantile(values: Sequence[float], share: float) -> float:
    """0.99: that share of the values is no larger."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def shown(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def print_table(sections: Sequence[tuple[str, Sequence[Figure]]], *, to: IO[str]) -> None:
    console = Console(file=to)
    if not console.is_terminal:
        console.width = WIDTH
    table = Table("", "figure", "unit", "aim", "", "beside it")
    table.columns[1].justify = "right"
    for title, figures in sections:
        table.add_section()
        table.add_row(f"[bold]{title}[/bold]")
        for figure in figures:
            table.add_row(*_cells(figure))
    console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    if figure.aim is None:
        aim, verdict = "", ""
    else:
        aim = str(figure.aim)
        verdict = "[green]met[/green]" if figure.aim.is_met(figure.value) else "[red]missed[/red]"
    return (f"  {figure.name}", shown(figure.value), figure.unit, aim, verdict, figure.beside)
