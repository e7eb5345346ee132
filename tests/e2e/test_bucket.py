"""The services as processes, whose only common store is a bucket."""

import pytest

from shared.db.engine import Sessions
from tests.e2e.cluster import Client, Cluster
from tests.factories import make_token
from tests.infrastructure.bucket import ACCESS_KEY, SECRET_KEY

pytestmark = [pytest.mark.slow]


async def test_a_worker_with_no_shared_disk_makes_an_image(
    cluster: Cluster, bucket_url: str, sessions: Sessions
) -> None:
    comfyui = await cluster.simulator("comfyui")
    place = {"MEDIA_URL": bucket_url}
    await cluster.start(
        cluster.gateway(**place),
        cluster.service("content", "content", **place),
        cluster.service("dispatcher", "dispatcher"),
        cluster.worker("gpu-1", comfyui, **place),
    )
    token = await make_token(sessions)

    async with Client(cluster.url, token.headers) as client:
        job_id = (await client.submit(key="a-lighthouse"))["id"]
        (job,) = await client.all_final([job_id], within=60)
        item = (await client.ask("GET", f"/content-items/{job['content_id']}")).json()
        image = await client.ask("GET", item["image_url"].removeprefix("/api/v1"))

    assert job["status"] == "completed"
    assert image.content.startswith(b"\x89PNG")
    assert not cluster.media.exists()
    for child in cluster.children.values():
        assert ACCESS_KEY not in child.said()
        assert SECRET_KEY not in child.said()
