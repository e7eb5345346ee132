"""Three GPUs and two of everything else: 300 jobs, each made once, and shared out evenly."""

import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from tests.compose.batch import Batch
from tests.compose.faults import kill_container
from tests.compose.project import FILES, SCALED, Project
from tests.infrastructure.waiting import until

JOBS = 300
SIMULATORS = ("simulator", "simulator-2", "simulator-3")
TWO = ("gateway", "dispatcher", "content", "notifier")


@pytest.fixture
async def scaled(project: Project) -> AsyncIterator[Project]:
    project.use(SCALED)
    scale = [f"--scale={service}=2" for service in TWO]
    await project.up(*scale)
    yield project
    more = ("simulator-2", "simulator-3", "comfyui-worker-2", "comfyui-worker-3")
    await project.compose("rm", "--force", "--stop", *more)
    project.use(FILES)
    await project.up()


async def test_300_jobs_are_shared_out_while_dispatchers_die(scaled: Project, batch: Batch) -> None:
    await batch.submit(JOBS)
    # Whichever of the two works, it is among them.
    for dispatcher, at in zip(await scaled.containers("dispatcher"), (60, 140), strict=True):

        async def reached(at: int = at) -> bool:
            return (await batch.statuses())["completed"] >= at

        await until(reached, within=120, every=0.2, what=f"{at} jobs are completed")
        await kill_container(scaled, dispatcher)

    await batch.completes(within=240)
    await batch.is_made_once()
    await batch.ran_once(*SIMULATORS)
    for gateway in await scaled.containers("gateway"):
        assert await accepted(scaled, gateway) > JOBS / 10
    own = set(batch.ids)
    shares = Counter(
        run["simulator"]
        for run in await scaled.runs(*SIMULATORS)
        if run["outcome"] == "success" and run["darkroom"]["job"] in own
    )
    assert {name: abs(shares[name] - JOBS / 3) <= JOBS / 3 * 0.2 for name in SIMULATORS} == (
        dict.fromkeys(SIMULATORS, True)
    ), shares


async def accepted(project: Project, gateway: str) -> float:
    """Jobs, by this one of the gateways."""
    asking = "exec 3<>/dev/tcp/127.0.0.1/9000; printf 'GET /metrics HTTP/1.0\r\n\r\n' >&3; cat <&3"
    said = await project.run("docker", "exec", gateway, "bash", "-c", asking)
    found = re.search(r"^darkroom_gateway_jobs_accepted_total (\S+)$", said, re.MULTILINE)
    assert found is not None
    return float(found[1])
