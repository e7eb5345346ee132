"""RabbitMQ's volume is deleted: what it held, the tables say again."""

from tests.compose.batch import Batch
from tests.compose.project import Project
from tests.infrastructure.waiting import until

STEPS = 40  # of 0.1 s: five are still being made when the broker is gone


async def test_jobs_that_wait_and_jobs_that_run_outlive_it(project: Project, batch: Batch) -> None:
    await batch.submit(5, steps=STEPS)

    async def first_run() -> bool:
        return (await batch.statuses())["running"] > 0

    await until(first_run, within=60, every=0.2, what="a job runs")
    await batch.submit(50)

    await project.compose("rm", "--force", "--stop", "rabbitmq")
    await project.run("docker", "volume", "rm", f"{project.name}_rabbitmq")
    assert (await batch.statuses())["completed"] < 5
    await project.compose("up", "--detach", "--no-deps", "--wait", "rabbitmq")

    await batch.completes(within=200)
    await batch.is_made_once()
    await batch.ran_once("simulator")
