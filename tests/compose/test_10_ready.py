"""As `make up` leaves it: healthy, small, closed, and it makes an image."""

import asyncio
import json
import secrets
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.compose.conftest import Figure
from tests.compose.project import Project
from tests.e2e.cluster import Client

MB = 1_000_000
SERVICES = {
    "gateway": 120, "dispatcher": 120, "comfyui-worker": 90, "content": 120, "notifier": 120,
}  # fmt: skip
BASE = "python:3.13-slim"


async def test_the_compose_file_is_clean(project: Project) -> None:
    assert await project.compose("config", "--quiet") == ""
    await project.compose("-f", "docker-compose.yml", "config", "--quiet")
    second = {"COMFYUI_URL_2": "http://host.docker.internal:8189"}
    for files in ("docker-compose.yml:docker-compose.gpu2.yml", "docker-compose.yml"):
        said = await project.run(
            "docker", "compose", "config", environment=second | {"COMPOSE_FILE": files}
        )
        assert "darkroom-comfyui-worker" in said


async def test_with_a_bucket_nobody_stores_into_the_volume(project: Project) -> None:
    files = {"COMPOSE_FILE": "docker-compose.yml:docker-compose.remote-workers.yml"}
    said = await project.run(
        "docker", "compose", "--profile", "*", "config", "--format", "json", environment=files
    )
    services = json.loads(said)["services"]
    store = {name for name, one in services.items() if one.get("environment", {}).get("MEDIA_URL")}
    asked = {
        name for name, one in services.items() if "MEDIA_URL_FILE" in one.get("environment", {})
    }
    assert asked == {"gateway", "content", "comfyui-worker", "legacy-import"}
    assert store & asked == set()


async def test_images_are_small(project: Project, figure: Figure) -> None:
    sizes = {
        image: int(await project.run("docker", "image", "inspect", "-f", "{{.Size}}", image))
        for image in (BASE, *(f"darkroom-{service}:test" for service in SERVICES))
    }
    added = {s: (sizes[f"darkroom-{s}:test"] - sizes[BASE]) / MB for s in SERVICES}
    figure("added to python:3.13-slim, MB: " + ", ".join(f"{s} {n:.0f}" for s, n in added.items()))
    assert {s: n for s, n in added.items() if n >= SERVICES[s]} == {}


async def test_each_image_holds_its_service_only(project: Project) -> None:
    worker = await project.inside(
        "comfyui-worker", "python", "-c",
        "import importlib.util as u; print([n for n in"
        " ('sqlalchemy', 'asyncpg', 'fastapi', 'alembic', 'typer', 'gateway',"
        " 'services.content', 'deploy') if u.find_spec(n)])",
    )  # fmt: skip
    assert worker.strip() == "[]"
    # Where a GPU machine's secrets may lie.
    assert "worker" not in (await project.inside("gateway", "ls", "/app/deploy")).split()


async def test_no_secret_is_in_an_environment_or_a_command(project: Project) -> None:
    known = secrets_of(project)
    for service in (await project.compose("config", "--services")).split():
        for container in await project.containers(service):
            shown = json.dumps(await project.inspect(container))
            assert [secret for secret in known if secret in shown] == []


def secrets_of(project: Project) -> list[str]:
    folder = Path(project.environment["SECRETS_DIR"])
    found = [path.read_text() for path in folder.glob("*_password")]
    assert len(found) == 7
    return found


async def test_a_job_by_http_with_live_events_and_its_files(project: Project) -> None:
    token = await project.token(f"anna-{secrets.token_hex(3)}")
    headers = {"Authorization": f"Bearer {token}"}
    address = f"{project.url}/api/v1".replace("http", "ws", 1) + "/events"
    async with (
        Client(project.url, headers) as client,
        connect(address, additional_headers=headers, proxy=None) as live,
    ):
        await live.send(json.dumps({"type": "subscribe", "feed": "mine"}))
        job = await client.submit(key="first", prompt="a lighthouse in fog")
        seen: list[str] = []
        async with asyncio.timeout(60):
            while "job.completed" not in seen:
                frame = json.loads(await live.recv())
                seen.append(frame["type"])
        done = await client.job(job["id"])
        image = await client.ask("GET", done["image_url"].removeprefix("/api/v1"))
        assert image.content.startswith(b"\x89PNG")
        assert image.headers["etag"]

        async def thumbnail() -> httpx.Response:
            return await client.ask("GET", done["thumbnail_url"].removeprefix("/api/v1"))

        async with asyncio.timeout(30):
            while (small := await thumbnail()).status_code == 307:
                await asyncio.sleep(0.2)
        assert small.headers["content-type"] == "image/webp"
        await cannot_be_seen_by_another(project, done)


async def cannot_be_seen_by_another(project: Project, job: dict[str, object]) -> None:
    token = await project.token(f"bert-{secrets.token_hex(3)}")
    async with Client(project.url, {"Authorization": f"Bearer {token}"}) as other:
        assert (await other.ask("GET", f"/generation-jobs/{job['id']}")).status_code == 404
        for path in ("", "/image", "/thumbnail/small"):
            answer = await other.ask("GET", f"/content-items/{job['content_id']}{path}")
            assert answer.status_code == 404
        assert (await other.ask("GET", "/content-items")).json()["items"] == []


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_the_page_and_the_api_come_through_the_proxy(project: Project, accept: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(project.url, headers={"Accept": accept})
        assert page.status_code == 200
        assert "Content-Security-Policy" in page.headers
        refused = await http.get(f"{project.url}/api/v1/stats")
        assert refused.status_code == 401
        assert (await http.get(f"{project.url}/metrics")).status_code == 404
