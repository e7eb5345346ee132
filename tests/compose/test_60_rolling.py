"""Everything is restarted, one after the other, while jobs keep coming in."""

import asyncio
import secrets
from collections import Counter

import httpx

from tests.compose.batch import PARAMS, Batch
from tests.compose.conftest import Figure
from tests.compose.faults import healthy
from tests.compose.project import REPOSITORY, Project

A_SECOND = 5
MANAGE = str(REPOSITORY / "deploy/compose/manage.sh")
ORDER = [
    "notifier", "gateway", "dispatcher", "content", "comfyui-worker", "rabbitmq", "postgres",
]  # fmt: skip


async def test_every_answer_is_201_or_a_503_that_says_when(
    project: Project, batch: Batch, figure: Figure
) -> None:
    over = asyncio.Event()
    answers: Counter[int] = Counter()

    async with asyncio.TaskGroup() as tasks:
        coming = tasks.create_task(keep_submitting(batch, answers, over))
        for service in ORDER:
            await project.compose("restart", service)
            (container,) = await project.containers(service)
            await healthy(project, container)
        # And what a newer checkout brings: every service made anew.
        await project.run(MANAGE, "up", environment={"LOG_LEVEL": "DEBUG"})
        over.set()
    accepted = coming.result()

    figure(f"answers while everything was restarted: {dict(answers)}")
    assert set(answers) <= {201, 503}
    await batch.completes(within=200)
    known = {job["id"] for job in await batch.jobs()}
    assert set(accepted) <= known  # of a 503 nobody knows
    batch.ids = list(known)
    await batch.is_made_once()


async def keep_submitting(batch: Batch, answers: Counter[int], over: asyncio.Event) -> list[str]:
    accepted: list[str] = []

    async def one(http: httpx.AsyncClient) -> None:
        body = {"job_type": "image", "prompt": "rolling", "params": PARAMS}
        key = {"Idempotency-Key": secrets.token_hex(8)}
        answer = await http.post("/generation-jobs", json=body, headers=key)
        answers[answer.status_code] += 1
        if answer.status_code == 201:
            accepted.append(answer.json()["id"])
        elif answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) > 0

    async with asyncio.TaskGroup() as tasks:
        while not over.is_set():
            tasks.create_task(one(batch.client.http))
            await asyncio.sleep(1 / A_SECOND)
    return accepted
