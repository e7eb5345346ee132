"""The benchmarks still run: each at a size that says nothing about speed."""

import io
from pathlib import Path

from deploy.standalone.postgres import EmbeddedPostgres
from tests.bench.__main__ import BENCHMARKS, run
from tests.bench.figures import Figure, at_least, at_most, print_table
from tests.bench.ground import Ground
from tests.bench.scale import TINY
from tests.infrastructure.broker import Broker


async def test_a_tiny_benchmark_goes_through_everything_and_prints_its_figures(
    postgres_server: EmbeddedPostgres, broker_server: Broker | None, tmp_path: Path
) -> None:
    ground = Ground(postgres_server, broker_server, tmp_path)
    names = ["pipeline", "relay", "legacy"]

    sections = await run(ground, names, TINY)

    assert [title for title, _ in sections] == [BENCHMARKS[name].title for name in names]
    assert all(figures[0].value > 0 for _, figures in sections)
    printed = io.StringIO()
    print_table(sections, to=printed)
    assert all(figure.name.strip() in printed.getvalue() for figure in sections[0][1])


def test_a_figure_says_whether_it_meets_its_aim() -> None:
    printed = io.StringIO()
    figures = [Figure("rate", 1501, "1/s", at_least(1500)), Figure("p99", 61, "ms", at_most(60))]

    print_table([("Gateway", figures)], to=printed)

    rate, p99 = (line for line in printed.getvalue().splitlines() if "≥" in line or "≤" in line)
    assert "met" in rate
    assert "missed" in p99
