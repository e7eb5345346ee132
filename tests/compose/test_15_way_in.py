"""The proxy by itself: it waits for a gateway, says 503 where none comes, and speaks HTTPS."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.compose.project import Project
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until

WAITS_SECONDS = 20


@dataclass
class Proxy:
    http: str
    https: str


@pytest.fixture
async def lonely_proxy(project: Project) -> AsyncIterator[Proxy]:
    """Without a gateway, for the domain `localhost`, whose certificate it signs itself."""
    http, https = free_port(), free_port()
    started = await project.run(
        "docker", "run", "--detach", "--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL",
        "--volume=/var/lib/caddy",
        "--env=SITE=localhost", f"--publish=127.0.0.1:{http}:8080",
        f"--publish=127.0.0.1:{https}:8443", "darkroom-proxy:test",
    )  # fmt: skip
    try:
        yield Proxy(f"http://localhost:{http}", f"https://localhost:{https}")
    finally:
        await project.run("docker", "stop", "-t", "2", started.strip())


async def test_with_a_domain_it_speaks_https_and_says_when_no_gateway_comes(
    lonely_proxy: Proxy,
) -> None:
    async with httpx.AsyncClient(verify=False, trust_env=False, timeout=WAITS_SECONDS * 2) as http:

        async def redirected() -> httpx.Response | None:
            try:
                return await http.get(lonely_proxy.http)
            except httpx.TransportError:
                return None

        to_https = await until(redirected, within=20, every=0.2)
        assert to_https is not None
        assert (to_https.status_code, to_https.headers["Location"]) == (308, "https://localhost/")

        asked = {"text/html,*/*": "text/html", "application/json": "application/problem+json"}
        answers = await asyncio.gather(
            *(http.get(lonely_proxy.https, headers={"Accept": accept}) for accept in asked)
        )
    for answer, media_type in zip(answers, asked.values(), strict=True):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["Content-Type"].startswith(media_type)
    assert json.loads(answers[1].text)["detail"].startswith("Darkroom is starting")


async def test_a_request_waits_for_a_gateway_that_is_being_restarted(project: Project) -> None:
    token = await project.token("waits")
    async with httpx.AsyncClient(
        base_url=project.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False,
        timeout=WAITS_SECONDS * 2,
    ) as http:  # fmt: skip
        await project.compose("stop", "gateway")
        asking = asyncio.create_task(http.get("/api/v1/stats"))
        await project.compose("start", "gateway")
        assert (await asking).status_code == 200
