"""Two minutes without database, broker, content or worker, in the middle of 20 jobs.

The clock runs six times as fast: a lease of 10 s for 60 s, an outage of 20 s for two minutes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from shared.db.engine import Sessions
from shared.media import open_media
from tests.e2e.checks import each_is_completed_once, nothing_died
from tests.e2e.cluster import Client, Cluster
from tests.factories import make_token
from tests.infrastructure.broker import Broker
from tests.infrastructure.processes import Processes
from tests.infrastructure.tcp_proxy import TcpProxy
from tests.infrastructure.waiting import until

JOBS, OUTAGE_SECONDS = 20, 20.0
TIMING = {
    "dispatcher": {
        "tick": 0.2, "lease": 10, "late_tick": 4, "live": 5, "unlisted_after": 3,
        "claim_within": 5, "first_pause": 0.5, "listen_test": 1,
    },
    "worker": {"heartbeat": 0.8, "claim_again": 0.8, "output_again": 10, "describe": 10},
}  # fmt: skip
PARAMS = {
    "workflow": "text_to_image", "checkpoint": "simulated-1.5.safetensors",
    "width": 64, "height": 64, "steps": 5,
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
async def wire(postgres_server: object, database_tcp_url: str) -> AsyncIterator[TcpProxy]:
    """Between the services and the database; tests themselves use the socket."""
    port = make_url(database_tcp_url).port
    assert port is not None
    async with TcpProxy(port) as proxy:
        yield proxy


@pytest.fixture
async def outage_cluster(
    database_tcp_url: str, wire: TcpProxy, broker: Broker, processes: Processes, tmp_path: Path
) -> Cluster:
    database = make_url(database_tcp_url).set(port=wire.port)
    url = database.render_as_string(hide_password=False)
    cluster = Cluster(processes, tmp_path, url, broker.url, timing=TIMING)
    await cluster.start_one_of_each("--step-seconds", "0.1")
    return cluster


@asynccontextmanager
async def twenty_jobs(cluster: Cluster, sessions: Sessions) -> AsyncIterator[list[str]]:
    """Inside: some are done, some run. Afterwards: all are completed, each made once."""
    token = await make_token(sessions)
    async with Client(cluster.url, token.headers) as client:
        jobs = [(await client.submit(key=str(n), params=PARAMS))["id"] for n in range(JOBS)]

        async def some_are_done() -> bool:
            return bool((await client.job(jobs[2]))["status"] == "completed")

        await until(some_are_done, within=60)
        yield jobs
        ended = await client.all_final(jobs, within=90)
    assert Counter(job["status"] for job in ended) == {"completed": JOBS}
    await each_is_completed_once(sessions, open_media(str(cluster.media)), jobs)
    await nothing_died(sessions)


def attempts_made(cluster: Cluster) -> Counter[str]:
    return Counter(run["darkroom"]["job"] for run in cluster.runs() if run["outcome"] == "success")


async def test_without_the_database_nothing_is_lost_or_made_twice(
    outage_cluster: Cluster, sessions: Sessions, wire: TcpProxy
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        await wire.cut()
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{outage_cluster.url}/readyz", timeout=10)
            assert answer.status_code == 503
        await asyncio.sleep(OUTAGE_SECONDS)
        await wire.heal()
    assert attempts_made(outage_cluster) == dict.fromkeys(jobs, 1)


async def test_without_the_broker_jobs_are_accepted_and_nothing_is_made_twice(
    outage_cluster: Cluster, sessions: Sessions, broker: Broker
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        await broker.kill()
        token = await make_token(sessions)
        async with Client(outage_cluster.url, token.headers) as client:
            later = await client.submit(key="meanwhile", params=PARAMS)
            await asyncio.sleep(OUTAGE_SECONDS)
            await broker.start()
            await client.all_final([later["id"]], within=90)
    assert attempts_made(outage_cluster) == dict.fromkeys([*jobs, later["id"]], 1)


async def test_a_broker_that_lost_everything_is_filled_again_from_the_tables(
    outage_cluster: Cluster, sessions: Sessions, broker: Broker
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        await broker.wipe()
        await broker.start()
    assert attempts_made(outage_cluster) == dict.fromkeys(jobs, 1)


async def test_without_content_finished_jobs_wait_and_nothing_is_made_twice(
    outage_cluster: Cluster, sessions: Sessions
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        outage_cluster.children["content"].kill()
        await asyncio.sleep(OUTAGE_SECONDS)
        await outage_cluster.children["content"].start()
    assert attempts_made(outage_cluster) == dict.fromkeys(jobs, 1)


async def test_a_frozen_dispatcher_reaps_nothing_when_it_wakes(
    outage_cluster: Cluster, sessions: Sessions
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        outage_cluster.children["dispatcher"].freeze()
        await asyncio.sleep(OUTAGE_SECONDS)
        outage_cluster.children["dispatcher"].thaw()
    assert attempts_made(outage_cluster) == dict.fromkeys(jobs, 1)


async def test_a_worker_that_comes_back_finds_its_prompts_again(
    outage_cluster: Cluster, sessions: Sessions
) -> None:
    async with twenty_jobs(outage_cluster, sessions) as jobs:
        outage_cluster.children["gpu-1"].kill()
        await outage_cluster.children["gpu-1"].start()
    assert attempts_made(outage_cluster) == dict.fromkeys(jobs, 1)


# The last: what its second worker said may still be in the broker, which all tests here share.
async def test_the_jobs_of_a_worker_that_never_comes_back_are_made_by_another(
    outage_cluster: Cluster, sessions: Sessions
) -> None:
    async with twenty_jobs(outage_cluster, sessions):
        outage_cluster.children["gpu-1"].kill()
        other = await outage_cluster.simulator("comfyui-2", "--step-seconds", "0.1")
        await outage_cluster.worker("gpu-2", other).start()
