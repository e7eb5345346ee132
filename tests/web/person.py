"""Somebody with a token and some devices, each a browser context of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, Error, Page

from tests.e2e.cluster import FINAL, Client
from tests.factories import Token
from tests.infrastructure.waiting import until
from tests.web.complaints import NOBODYS_FAULT, Complaints

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
PARAMS = {"workflow": "text_to_image", "width": 256, "height": 256, "steps": 20}
MOST_LISTED = 200


@dataclass
class Person:
    url: str
    token: Token
    browser: Browser
    api: Client
    complaints: Complaints = field(default_factory=Complaints)
    devices: list[BrowserContext] = field(default_factory=list)

    async def stranger(self, **options: Any) -> BrowserContext:
        """A device on which nobody is signed in."""
        context = await self.browser.new_context(
            **{"viewport": WIDE, "color_scheme": "dark", "base_url": self.url} | options
        )
        self.devices.append(context)
        await self.complaints.listen_to(context)
        return context

    async def device(self, **options: Any) -> BrowserContext:
        context = await self.stranger(**options)
        await context.request.post("/api/v1/session", data={"token": self.token.token})
        return context

    async def opens(self, address: str, **options: Any) -> Page:
        """On a new device."""
        return await opened(await self.device(**options), address)

    async def submit(self, prompt: str, **body: Any) -> dict[str, Any]:
        return await self.api.submit(
            key=str(uuid4()), **{"prompt": prompt, "params": PARAMS} | body
        )

    async def jobs(self) -> list[dict[str, Any]]:
        """Newest first."""
        answer = await self.api.ask("GET", f"/generation-jobs?limit={MOST_LISTED}")
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def makes(self, *prompts: str, **body: Any) -> list[int]:
        """The numbers of their images, once all are made."""
        jobs = [(await self.submit(prompt, **body))["id"] for prompt in prompts]
        made = await self.api.all_final(jobs, within=60)
        assert {job["status"] for job in made} == {"completed"}, made
        return [job["content_id"] for job in made]

    async def makes_in_order(self, *prompts: str) -> list[int]:
        """Each begun when the one before is made: their numbers rise."""
        return [number for prompt in prompts for number in await self.makes(prompt)]

    async def all_over(self, *, count: int) -> list[dict[str, Any]]:
        async def over() -> list[dict[str, Any]] | None:
            jobs = await self.jobs()
            is_over = len(jobs) == count and all(job["status"] in FINAL for job in jobs)
            return jobs if is_over else None

        return await until(over, within=60, what=f"{count} jobs are over") or []

    async def can_draw(self) -> None:
        """Return when a worker has told what its ComfyUI has."""

        async def knows_models() -> bool:
            answer = await self.api.ask("GET", "/models")
            return bool(answer.json()["checkpoints"])

        await until(knows_models, within=60, what="a worker tells what its ComfyUI has")

    async def leave(self) -> None:
        """Nothing is left to make for the next."""
        for job in await self.jobs():
            if job["status"] not in FINAL:
                await self.api.ask("POST", f"/generation-jobs/{job['id']}/cancel")


@asynccontextmanager
async def somebody(url: str, token: Token, browser: Browser) -> AsyncIterator[Person]:
    """At the end it is an error if their browser had anything to complain of."""
    async with Client(url, token.headers) as api:
        person = Person(url, token, browser, api)
        try:
            yield person
        finally:
            for device in person.devices:
                await device.close()
    person.complaints.none_but_allowed()


async def opened(device: BrowserContext, address: str) -> Page:
    page = await device.new_page()
    await go(page, address)
    return page


async def go(page: Page, address: str) -> None:
    """Once more where Chromium's view of the network changed on the way."""
    try:
        await page.goto(address)
    except Error as error:
        if not NOBODYS_FAULT.search(error.message):
            raise
        await page.goto(address)
