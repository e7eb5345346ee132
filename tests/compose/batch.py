"""Jobs of one user, made while something is broken, and what must be true of them at the end."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.compose.project import Project
from tests.e2e.cluster import FINAL, Client
from tests.infrastructure.waiting import until

PARAMS = {
    "workflow": "text_to_image",
    "checkpoint": "simulated-1.5.safetensors",
    "width": 64,
    "height": 64,
    "steps": 2,
}
IN_THE_MIDDLE = 5  # completed


@dataclass
class Batch:
    project: Project
    client: Client
    ids: list[str] = field(default_factory=list)

    async def submit(self, count: int, **params: Any) -> None:
        async def one(number: int) -> str:
            key = f"{secrets.token_hex(4)}-{number}"
            job = await self.client.submit(key=key, params=PARAMS | params)
            return str(job["id"])

        self.ids += await asyncio.gather(*(one(number) for number in range(count)))

    async def jobs(self) -> list[dict[str, Any]]:
        """All of this user's, newest first."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = await self.client.ask("GET", f"/generation-jobs?limit=200{cursor}")
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    async def statuses(self) -> Counter[str]:
        return Counter(job["status"] for job in await self.jobs())

    async def is_in_the_middle(self) -> None:
        async def reached() -> bool:
            return (await self.statuses())["completed"] >= IN_THE_MIDDLE

        await until(reached, within=60, every=0.1, what="the first jobs are completed")
        assert (await self.statuses())["completed"] < len(self.ids)

    async def completes(self, *, within: float) -> None:
        async def all_final() -> bool:
            return all(job["status"] in FINAL for job in await self.jobs())

        try:
            await until(all_final, within=within, every=0.5, what="all jobs are final")
        except TimeoutError as error:
            unfinished = [job for job in await self.jobs() if job["status"] not in FINAL]
            raise AssertionError(f"{len(unfinished)} hang: {unfinished[:2]}") from error

    async def is_made_once(self) -> None:
        """All completed, one ContentItem each, none ran twice to its end, nothing died."""
        assert sorted(self.ids) == sorted(job["id"] for job in await self.jobs())
        assert await self.statuses() == {"completed": len(self.ids)}
        quoted = ",".join(f"'{job_id}'" for job_id in self.ids)
        items = await self.project.sql(
            f"SELECT count(*), count(DISTINCT job_id) FROM content_items WHERE job_id IN ({quoted})"
        )
        assert items == f"{len(self.ids)}|{len(self.ids)}"
        assert await self.project.sql("SELECT count(*) FROM dead_letters") == "0"

    async def ran_once(self, *simulators: str) -> None:
        own = set(self.ids)
        ended = Counter(
            run["darkroom"]["job"]
            for run in await self.project.runs(*simulators)
            if run["outcome"] == "success"
        )
        assert {job: count for job, count in ended.items() if job in own} == dict.fromkeys(own, 1)
