"""How much each benchmark does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    repeats: int  # of what is cheap; the median counts
    load_seconds: float  # of each load on the gateway
    few_pending: int
    many_pending: int
    pipeline_jobs: int
    latency_jobs: int
    busy_jobs: int
    relay_rows: int
    sockets: int
    claims: int
    legacy_jobs: int


FULL = Scale(
    repeats=3,
    load_seconds=4.0,
    few_pending=100,
    many_pending=100_000,
    pipeline_jobs=1000,
    latency_jobs=200,
    busy_jobs=30,
    relay_rows=5000,
    sockets=2000,
    claims=300,
    legacy_jobs=100_000,
)
QUICK = Scale(
    repeats=1,
    load_seconds=1.0,
    few_pending=100,
    many_pending=20_000,
    pipeline_jobs=200,
    latency_jobs=30,
    busy_jobs=8,
    relay_rows=2000,
    sockets=500,
    claims=100,
    legacy_jobs=10_000,
)
TINY = Scale(  # whether it runs at all
    repeats=1,
    load_seconds=0.2,
    few_pending=10,
    many_pending=50,
    pipeline_jobs=6,
    latency_jobs=2,
    busy_jobs=2,
    relay_rows=20,
    sockets=5,
    claims=3,
    legacy_jobs=20,
)
