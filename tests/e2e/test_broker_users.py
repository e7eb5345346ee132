"""The services as compose runs them: each with a user of its own at the broker."""

import json
from pathlib import Path

import pytest
import websockets

from shared.db.engine import Sessions
from tests.contracts.broker_users import import_definitions, url_for
from tests.e2e.cluster import Client, Cluster
from tests.factories import make_token
from tests.infrastructure.broker import Broker
from tests.infrastructure.processes import Processes

pytestmark = [pytest.mark.slow]


async def test_a_job_is_made_and_told_with_the_least_permissions(
    broker: Broker, database_url: str, sessions: Sessions, processes: Processes, tmp_path: Path
) -> None:
    passwords = import_definitions(broker)
    cluster = Cluster(processes, tmp_path, database_url, amqp_url="each has its own")

    def own(user: str) -> dict[str, str]:
        return {"AMQP_URL": url_for(user, passwords, broker.url)}

    comfyui = await cluster.simulator("comfyui")
    await cluster.start(
        cluster.gateway(),
        cluster.notifier(**own("notifier")),
        cluster.service("content", "content", **own("content")),
        cluster.service("dispatcher", "dispatcher", **own("dispatcher")),
        cluster.worker("gpu-1", comfyui, **own("worker")),
    )
    token = await make_token(sessions)
    told: list[str] = []

    async with (
        Client(cluster.url, token.headers) as client,
        websockets.connect(cluster.live_url, additional_headers=token.headers) as socket,
    ):
        await socket.send(json.dumps({"type": "subscribe", "feed": "mine"}))
        job_id = (await client.submit(key="a-lighthouse"))["id"]
        while not told or told[-1] != "job.completed":
            told.append(json.loads(await socket.recv())["type"])
        job = await client.job(job_id)

    assert job["status"] == "completed"
    assert "job.running" in told
    for child in cluster.children.values():
        assert "ACCESS_REFUSED" not in child.said()
