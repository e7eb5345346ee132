"""Every process is killed and restarted at random moments; every job is made all the same, once."""

import asyncio
import random
from collections import Counter

import pytest

from shared.db.engine import Sessions
from shared.media import open_media
from tests.e2e.checks import each_is_completed_once, nothing_died
from tests.e2e.cluster import Client, Cluster
from tests.factories import make_token, make_user

JOBS, USERS, KILLS, SIMULATOR_KILLS = 200, 4, 24, 2
SERVICES = ["gateway", "notifier", "content", "dispatcher-1", "gpu-1", "gpu-2"]
SIMULATORS = ["comfyui-1", "comfyui-2"]
PARAMS = {
    "workflow": "text_to_image",
    "checkpoint": "simulated-1.5.safetensors",
    "width": 64,
    "height": 64,
    "steps": 3,
}


async def start_everything(cluster: Cluster) -> None:
    comfyuis = [await cluster.simulator(name, "--step-seconds", "0.04") for name in SIMULATORS]
    await cluster.start(
        cluster.gateway(),
        cluster.notifier(),
        cluster.service("content", "content"),
        cluster.service("dispatcher-1", "dispatcher"),
        *(cluster.worker(f"gpu-{number}", url) for number, url in enumerate(comfyuis, start=1)),
    )


async def submit_all(clients: list[Client], chance: random.Random) -> list[str]:
    async def submit(number: int, client: Client) -> list[str]:
        jobs = []
        for count in range(JOBS // USERS):
            key = f"{number}-{count}"
            jobs.append((await client.submit(key=key, params=PARAMS))["id"])
            await asyncio.sleep(chance.uniform(0, 0.3))
        return jobs

    submitted = await asyncio.gather(*(submit(n, client) for n, client in enumerate(clients)))
    return [job_id for jobs in submitted for job_id in jobs]


async def kill_at_random(cluster: Cluster, chance: random.Random) -> None:
    victims = [*SERVICES * (KILLS // len(SERVICES)), *SIMULATORS[:SIMULATOR_KILLS]]
    chance.shuffle(victims)
    for victim in victims:
        await asyncio.sleep(chance.uniform(0.1, 1.0))
        child = cluster.children[victim]
        child.kill()
        await asyncio.sleep(chance.uniform(0, 0.5))
        await child.start()


def assert_nothing_ran_twice_in_vain(cluster: Cluster) -> None:
    """A second run of a job only where the first was lost with its simulator."""
    begun: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for run in cluster.runs():
        assert run["outcome"] in ("running", "success"), run
        (ended if run["outcome"] == "success" else begun)[run["darkroom"]["job"]] += 1
    assert [job for job, count in ended.items() if count != 1] == []
    lost = begun.total() - ended.total()
    assert lost <= SIMULATOR_KILLS  # one runs at a time in each


@pytest.mark.slow
@pytest.mark.timeout(280)
async def test_200_jobs_are_made_once_while_everything_is_killed(
    cluster: Cluster, sessions: Sessions
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    await start_everything(cluster)
    tokens = [await make_token(sessions, await make_user(sessions)) for _ in range(USERS)]
    clients = [Client(cluster.url, token.headers) for token in tokens]

    async with asyncio.TaskGroup() as tasks:
        submitting = tasks.create_task(submit_all(clients, chance))
        tasks.create_task(kill_at_random(cluster, chance))
    job_ids = submitting.result()
    for number, client in enumerate(clients):
        own = job_ids[number * (JOBS // USERS) : (number + 1) * (JOBS // USERS)]
        await client.all_final(own, within=150)
        await client.close()

    await each_is_completed_once(sessions, open_media(str(cluster.media)), job_ids)
    await nothing_died(sessions)
    assert_nothing_ran_twice_in_vain(cluster)
