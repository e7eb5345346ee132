"""Each container is killed in the middle of forty jobs; its restart policy brings it back."""

import pytest

from tests.compose.batch import Batch
from tests.compose.faults import kill
from tests.compose.project import Project

CONTAINERS = [
    "gateway", "dispatcher", "comfyui-worker", "content", "notifier", "postgres", "rabbitmq",
    "proxy", "simulator",
]  # fmt: skip


@pytest.mark.parametrize("service", CONTAINERS)
async def test_forty_jobs_outlive_it(project: Project, batch: Batch, service: str) -> None:
    await batch.submit(40)
    await batch.is_in_the_middle()

    await kill(project, service)

    await batch.completes(within=150)
    await batch.is_made_once()
    if service != "simulator":  # which loses what it was drawing
        await batch.ran_once("simulator")
