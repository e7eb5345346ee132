"""A WebSocket client that is cut off at random moments ends with the right state of each job."""

import asyncio
import json
import random
from typing import Any

import pytest
import websockets

from shared.db.engine import Sessions
from tests.e2e.cluster import FINAL, Client, Cluster
from tests.factories import make_token
from tests.infrastructure.waiting import until

JOBS, CUTS = 50, 15
PARAMS = {
    "workflow": "text_to_image", "checkpoint": "simulated-1.5.safetensors",
    "width": 64, "height": 64, "steps": 3,
}  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


class Page:
    """Does as api.md tells a client to do: what is older is dropped, the rest replaces."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.went_backwards: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def take(self, frame: dict[str, Any]) -> None:
        for job in frame.get("jobs", []) if frame["type"] == "snapshot" else []:
            self.see(job)
        if frame["type"].startswith("job.") and "job" in frame:
            self.see(frame["job"])

    def see(self, job: dict[str, Any]) -> None:
        known = self.jobs.get(job["id"])
        if known is not None and known["status"] in FINAL:
            older = job["version"] < known["version"]
            if job["status"] != known["status"] and not older:
                self.went_backwards.append((known, job))
        if known is None or job["version"] >= known["version"]:
            self.jobs[job["id"]] = job


async def watch(page: Page, url: str, headers: dict[str, str], chance: random.Random) -> None:
    """Cut off CUTS times; within one connection no job's version ever goes backwards."""
    cuts = 0
    while True:
        try:
            async with websockets.connect(url, additional_headers=headers) as socket:
                await socket.send(json.dumps({"type": "subscribe", "feed": "mine"}))
                versions: dict[str, int] = {}
                last = chance.uniform(0.2, 2) if cuts < CUTS else 1000.0
                async with asyncio.timeout(last):
                    async for text in socket:
                        frame = json.loads(text)
                        for job in [*frame.get("jobs", []), *filter(None, [frame.get("job")])]:
                            assert job["version"] >= versions.get(job["id"], 0), frame
                            versions[job["id"]] = job["version"]
                        page.take(frame)
        except (TimeoutError, OSError, websockets.WebSocketException):
            cuts += 1
            await asyncio.sleep(chance.uniform(0, 0.3))


async def test_a_page_that_is_cut_off_again_and_again_shows_the_truth(
    cluster: Cluster, sessions: Sessions
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    await cluster.start_one_of_each("--step-seconds", "0.05")
    token, page = await make_token(sessions), Page()
    watching = asyncio.create_task(watch(page, cluster.live_url, token.headers, chance))

    async with Client(cluster.url, token.headers) as client:
        ids = []
        for number in range(JOBS):
            ids.append((await client.submit(key=str(number), params=PARAMS))["id"])
            if number % 10 == 3:
                await client.ask("POST", f"/generation-jobs/{ids[-1]}/cancel")
            if number == JOBS // 2:
                cluster.children["notifier"].kill()
                await cluster.children["notifier"].start()
        truth = {job["id"]: job for job in await client.all_final(ids, within=120)}

    def agrees() -> bool:
        told = {job_id: (job["status"], job["version"]) for job_id, job in page.jobs.items()}
        return told == {job_id: (job["status"], job["version"]) for job_id, job in truth.items()}

    await until(agrees, within=30, what="the page shows what the API answers")
    assert page.went_backwards == []
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
