"""`python -m tests.bench [name …] [--quick]`: run the benchmarks and print a table."""

import argparse
import asyncio
import os
import platform
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared import log
from tests.bench import (
    busy,
    gateway,
    latency,
    legacy,
    memory,
    notifier,
    pipeline,
    protocol,
    relay,
)
from tests.bench.figures import Figure, print_table
from tests.bench.ground import Ground, common_ground, say
from tests.bench.scale import FULL, QUICK, Scale
from tests.infrastructure.broker_choice import NoBroker


@dataclass(frozen=True)
class Benchmark:
    title: str
    measure: Callable[[Ground, Scale], Awaitable[list[Figure]]]


BENCHMARKS = {
    "gateway": Benchmark("Gateway", gateway.measure),
    "pipeline": Benchmark("Through everything", pipeline.measure),
    "latency": Benchmark("From ComfyUI's finish to the client", latency.measure),
    "busy": Benchmark("ComfyUI is busy", busy.measure),
    "relay": Benchmark("Outbox relay", relay.measure),
    "notifier": Benchmark("Live events", notifier.measure),
    "memory": Benchmark("Resident memory", memory.measure),
    "protocol": Benchmark("The cost of asking before rendering", protocol.measure),
    "legacy": Benchmark("Bringing a legacy database home", legacy.measure),
}


async def run(ground: Ground, names: Sequence[str], scale: Scale) -> list[tuple[str, list[Figure]]]:
    sections = []
    for name in names:
        began = time.monotonic()
        sections.append((BENCHMARKS[name].title, await BENCHMARKS[name].measure(ground, scale)))
        say(f"{name}: done in {time.monotonic() - began:.0f} s")
    return sections


async def run_from_nothing(names: Sequence[str], scale: Scale) -> list[tuple[str, list[Figure]]]:
    say("starting PostgreSQL and RabbitMQ …")
    async with common_ground() as ground:
        return await run(ground, names, scale)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="less of everything, and less exact")
    wanted = parser.parse_args()
    unknown = [name for name in wanted.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(BENCHMARKS)})")
    # As by Ctrl-C: what was started is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log.configure("bench", level="WARNING", json=False)
    load_before = os.getloadavg()[0]
    try:
        sections = asyncio.run(
            run_from_nothing(wanted.names or list(BENCHMARKS), QUICK if wanted.quick else FULL)
        )
    except NoBroker as error:
        sys.exit(str(error))
    print_table(sections, to=sys.stdout)
    say(
        f"{os.cpu_count()} processors, load {load_before:.1f} at the start (generators, PostgreSQL"
        f" and RabbitMQ share them); Python {platform.python_version()}; PostgreSQL embedded, with"
        " fsync and synchronous commits; medians of repeated runs where there are several"
    )


if __name__ == "__main__":
    main()
