"""A worker on another machine: nothing in common but the broker over TLS, and a bucket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.media import MediaStore, open_media
from tests.compose.batch import Batch
from tests.compose.project import FILES, REPOSITORY, Project
from tests.infrastructure.bucket import BucketServer
from tests.infrastructure.ports import free_port

MANAGE = str(REPOSITORY / "deploy/compose/manage.sh")
REMOTE = (*FILES, "docker-compose.remote-workers.yml")
WORKER = "remote-worker-test"


@pytest.fixture
async def this_machine(project: Project) -> str:
    """As containers see it."""
    return (
        await project.run(
            "docker", "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}"
        )
    ).strip()


@pytest.fixture
async def bucket_url(this_machine: str, tmp_path: Path) -> AsyncIterator[str]:
    server = BucketServer(tmp_path, host=this_machine)
    try:
        await server.start()
        yield server.url(await server.make_bucket())
    finally:
        server.child.kill()


@pytest.fixture
def bucket(bucket_url: str) -> MediaStore:
    return open_media(bucket_url)


@pytest.fixture
async def remote(project: Project, this_machine: str, bucket_url: str) -> AsyncIterator[Project]:
    secrets = Path(project.environment["SECRETS_DIR"])
    (secrets / "media_url").write_text(bucket_url)
    given = {"BROKER_HOST": this_machine, "AMQPS_PUBLISH": f"{this_machine}:{free_port()}"}
    await project.run(MANAGE, "remote-worker", environment=given)
    project.environment |= given
    project.use(REMOTE)
    await project.compose("rm", "--force", "--stop", "comfyui-worker")
    await project.up(without="comfyui-worker")
    try:
        yield project
    finally:
        project.use(FILES)
        await project.up()


@pytest.fixture
async def gpu_box(remote: Project) -> AsyncIterator[Project]:
    box = Project(
        WORKER,
        0,
        {
            "COMPOSE_PROJECT_NAME": WORKER,
            "COMPOSE_FILE": "deploy/worker/docker-compose.yml",
            "DARKROOM_TAG": "test",
            "SECRETS_DIR": f"{remote.environment['SECRETS_DIR']}/remote_worker",
            "WORKER_ID": "gpu-far-away",
            "COMFYUI_URL": "http://simulator:8188",
        },
    )
    network = f"{WORKER}_default"
    (simulator,) = await remote.containers("simulator")
    await box.compose("create")
    await box.run("docker", "network", "connect", "--alias", "simulator", network, simulator)
    try:
        await box.compose("up", "--detach", "--wait")
        yield box
    finally:
        await box.run("docker", "network", "disconnect", network, simulator)
        await box.compose("down", "--volumes", "-t", "5")


async def test_it_makes_images_for_everybody(
    remote: Project, gpu_box: Project, bucket: MediaStore, batch: Batch
) -> None:
    await batch.submit(6)

    await batch.completes(within=90)
    await batch.is_made_once()

    workers = await remote.sql(
        "SELECT string_agg(DISTINCT worker_id, ' ') FROM generation_jobs"
        f" WHERE id IN ({','.join(repr(job_id) for job_id in batch.ids)})"
    )
    assert workers == "gpu-far-away"
    keys = {info.key async for info in bucket.listing("jobs")}
    assert len(keys) == len(batch.ids)
    for job in await batch.jobs():
        image = await batch.client.ask("GET", job["image_url"].removeprefix("/api/v1"))
        assert image.content.startswith(b"\x89PNG")
