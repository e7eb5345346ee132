"""Jobs accepted a second, beside a trivial FastAPI POST under the same load; and with a long queue.

No dispatcher runs, so the database and the gateway have the machine to themselves."""

import sys
from collections.abc import Sequence

from tests.bench.cpu import difference, seconds_used
from tests.bench.figures import Figure, at_least, at_most, median
from tests.bench.ground import Ground, Place
from tests.bench.jobs import PATH, fill, posting
from tests.bench.load import Load, Outcome, put_under
from tests.bench.scale import Scale
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import answers_200
from tests.infrastructure.waiting import until

CONNECTIONS = 32
LIST = f"{PATH}?limit=50"


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    async with ground.place() as place:
        await place.cluster.start(place.cluster.gateway())
        trivial = await _trivial(place)
        rates, accepted = [], []
        before = seconds_used(place.cluster)
        for _ in range(scale.repeats):
            rates.append(await put_under(trivial_load(trivial, scale), expect=201))
            accepted.append(await _post(place, scale, connections=CONNECTIONS))
        used = difference(before, seconds_used(place.cluster))
    rate = median([outcome.per_second for outcome in accepted])
    limit = median([outcome.per_second for outcome in rates])
    return [
        Figure(
            f"accepted, {CONNECTIONS} connections",
            rate,
            "jobs/s",
            at_least(1500),
            f"trivial FastAPI POST: {limit:,.0f}/s",
        ),
        Figure("  of the trivial POST", 100 * rate / limit, "%", at_least(30)),
        Figure("  p50", median([outcome.p50 for outcome in accepted]), "ms"),
        Figure("  p99", median([outcome.p99 for outcome in accepted]), "ms", at_most(60)),
        Figure(
            "  processor time of the gateway",
            _microseconds(used["gateway"], accepted),
            "µs/job",
            beside=f"PostgreSQL {_microseconds(used.get('PostgreSQL', 0), accepted):.0f},"
            f" trivial POST {_microseconds(used['trivial'], rates):.0f}",
        ),
        *await _with_a_queue(ground, scale),
    ]


def _microseconds(seconds: float, outcomes: Sequence[Outcome]) -> float:
    return 1e6 * seconds / sum(outcome.answered for outcome in outcomes)


async def _with_a_queue(ground: Ground, scale: Scale) -> list[Figure]:
    """POST and list, one at a time, with few and with many pending jobs."""
    few = await _times(ground, scale, pending=scale.few_pending)
    many = await _times(ground, scale, pending=scale.many_pending)
    return [
        Figure(
            f"{what}, {scale.many_pending:,} pending: {share}",
            long,
            "ms",
            at_most(short * 1.2),
            f"with {scale.few_pending}: {short:.2f} (the aim: the same, and a fifth for noise)",
        )
        for what, with_few, with_many in zip(("POST", "list"), few, many, strict=True)
        for share, short, long in (
            ("p50", with_few.p50, with_many.p50),
            ("p99", with_few.p99, with_many.p99),
        )
    ]


async def _times(ground: Ground, scale: Scale, *, pending: int) -> tuple[Outcome, Outcome]:
    async with ground.place() as place:
        await fill(place.sessions, place.user_id, count=pending)
        await place.cluster.start(place.cluster.gateway())
        # The list first: the posts make a short queue longer.
        listed = await put_under(_listing(place, scale), expect=200)
        posted = await _post(place, scale, connections=1)
    return posted, listed


async def _post(place: Place, scale: Scale, *, connections: int) -> Outcome:
    load = posting(place, connections=connections, seconds=scale.load_seconds)
    return await put_under(load, expect=201)


def _listing(place: Place, scale: Scale) -> Load:
    return Load(
        port=place.cluster.gateway_port,
        method="GET",
        path=LIST,
        headers=place.headers,
        connections=1,
        seconds=scale.load_seconds,
    )


async def _trivial(place: Place) -> int:
    """Its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.trivial", str(port)]
    child = place.cluster.processes.add("trivial", command)
    place.cluster.children["trivial"] = child
    await child.start()
    await until(lambda: answers_200(port, "/openapi.json"), within=30, what="it answers")
    return port


def trivial_load(port: int, scale: Scale) -> Load:
    return Load(
        port=port,
        method="POST",
        path="/",
        headers={},
        body='{"prompt": "a lighthouse above the clouds at dusk, oil on canvas"}',
        connections=CONNECTIONS,
        seconds=scale.load_seconds,
    )
