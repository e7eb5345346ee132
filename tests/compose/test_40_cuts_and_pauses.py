"""Networks swallow every packet for 20 s, containers freeze for 15, amid forty jobs."""

import pytest

from tests.compose.batch import Batch
from tests.compose.faults import cut_off, last, paused
from tests.compose.project import Project
from tests.compose.test_30_kills import CONTAINERS

CUT_SECONDS, PAUSE_SECONDS = 20, 15


@pytest.mark.parametrize(
    ("service", "network"),
    [
        ("comfyui-worker", "work"),
        ("dispatcher", "broker"),
        ("dispatcher", "data"),
        ("notifier", "broker"),
        ("gateway", "data"),
    ],
)
async def test_forty_jobs_outlive_a_cut(
    project: Project, batch: Batch, service: str, network: str
) -> None:
    await batch.submit(40)
    await batch.is_in_the_middle()

    async with cut_off(project, service, network):
        await last(CUT_SECONDS)

    await batch.completes(within=150)
    await batch.is_made_once()
    await batch.ran_once("simulator")


@pytest.mark.parametrize("service", CONTAINERS)
async def test_forty_jobs_outlive_a_pause(project: Project, batch: Batch, service: str) -> None:
    await batch.submit(40)
    await batch.is_in_the_middle()

    async with paused(project, service):
        await last(PAUSE_SECONDS)

    await batch.completes(within=150)
    await batch.is_made_once()
    await batch.ran_once("simulator")
