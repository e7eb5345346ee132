"""What there is: workflows, models, workers, stats, health, dead letters, the interface itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from gateway.parts import Parts
from gateway.storage_room import StorageRoom
from shared.db.engine import Sessions
from shared.db.tables import DeadLetter, Worker
from shared.jobs import JobStatus
from shared.media import MediaStore
from shared.workflows.requirements import Offers
from tests.factories import Token, make_content, make_job, make_token, make_user, make_worker
from tests.integration.gateway.asking import problem
from tests.integration.gateway.running_gateway import gateway_client


@pytest.fixture
async def admin(anonymous: httpx.AsyncClient, sessions: Sessions) -> httpx.AsyncClient:
    token = await make_token(sessions, await make_user(sessions, is_admin=True))
    anonymous.headers.update(token.headers)
    return anonymous


async def test_workflows_come_with_a_schema_of_their_parameters(client: httpx.AsyncClient) -> None:
    workflows = {
        one["name"]: one for one in (await client.get("/api/v1/workflows")).json()["items"]
    }

    schema = workflows["text_to_image"]["params_schema"]
    assert {"solid_color", "text_to_image"} <= set(workflows)
    assert schema["properties"]["steps"]["default"] == 20
    assert schema["properties"]["steps"]["maximum"] == 150
    assert workflows["solid_color"]["job_type"] == "image"


async def test_models_are_those_of_all_live_workers(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    for name, age in (("a", 0), ("b", 0), ("dead", 20)):
        offers = Offers(options={"checkpoints": (f"{name}.safetensors",), "samplers": ("euler",)})
        await make_worker(
            sessions,
            offers=offers.model_dump(mode="json"),
            offers_digest=offers.digest() if name == "a" else "",
            silent_for=timedelta(seconds=age),
        )

    models = (await client.get("/api/v1/models")).json()

    assert models["checkpoints"] == ["a.safetensors", "b.safetensors"]
    assert (models["samplers"], models["loras"], models["schedulers"]) == (["euler"], [], [])


async def test_workers_say_how_they_are_and_what_they_hold(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await make_worker(sessions, "gpu-1", accepting=False, reason="ComfyUI does not answer")
    await make_worker(sessions, "gpu-2", silent_for=timedelta(minutes=1))
    await make_job(sessions, status=JobStatus.RUNNING, worker_id="gpu-1")
    await make_job(sessions, worker_id="gpu-1")

    first, second = (await client.get("/api/v1/workers")).json()["items"]

    assert (first["id"], first["is_live"], second["is_live"]) == ("gpu-1", True, False)
    assert first["reason"] == "ComfyUI does not answer"
    assert (first["jobs"], second["jobs"]) == (
        {"waiting": 1, "running": 1},
        {"waiting": 0, "running": 0},
    )


async def test_an_admin_drains_a_worker_and_lets_it_run_again(
    admin: httpx.AsyncClient, sessions: Sessions
) -> None:
    await make_worker(sessions, "gpu-1")

    answer = await admin.patch("/api/v1/workers/gpu-1", json={"wanted": "drain"})
    assert answer.json()["wanted"] == "drain"
    async with sessions() as session:
        assert await session.scalar(select(Worker.wanted)) == "drain"

    again = await admin.patch("/api/v1/workers/gpu-1", json={"wanted": "run"})
    assert again.json()["wanted"] == "run"
    problem(await admin.patch("/api/v1/workers/gpu-9", json={"wanted": "run"}), 404)
    problem(await admin.patch("/api/v1/workers/gpu-1", json={"wanted": "stop"}), 422)
    problem(await admin.patch("/api/v1/workers/%00", json={"wanted": "run"}), 422)


async def test_an_admin_decides_about_dead_letters(
    admin: httpx.AsyncClient, sessions: Sessions
) -> None:
    job = await make_job(sessions)
    settled = datetime.now(UTC)
    async with sessions.begin() as session:
        session.add_all(
            DeadLetter(queue="q.dead", reason="malformed", body=b"\xff{}", job_id=job.id, **more)
            for more in ({}, {}, {"decision": "retry", "settled_at": settled})
        )

    page = (await admin.get("/api/v1/dead-letters", params={"limit": 2})).json()
    newest, second = page["items"]
    rest = await admin.get("/api/v1/dead-letters", params={"cursor": page["next_cursor"]})
    assert newest["settled_at"] is not None
    assert (second["job_id"], second["body"]) == (str(job.id), "\ufffd{}")
    assert len(rest.json()["items"]) == 1

    path = f"/api/v1/dead-letters/{second['id']}"
    decided = await admin.patch(path, json={"decision": "discard"})
    assert decided.json()["decision"] == "discard"
    assert decided.json()["decided_at"] is not None
    late = await admin.patch(f"/api/v1/dead-letters/{newest['id']}", json={"decision": "retry"})
    assert problem(late, 409)["type"] == "dead_letter_settled"
    problem(await admin.patch("/api/v1/dead-letters/999", json={"decision": "retry"}), 404)
    problem(await admin.patch(path, json={"decision": "forget"}), 422)


async def test_stats_are_what_the_dashboard_shows(
    client: httpx.AsyncClient, sessions: Sessions, token: Token
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    six_days_ago = datetime.now(UTC).replace(hour=0, minute=0) - timedelta(days=6, minutes=-1)
    await make_job(sessions, token.user)
    await make_job(sessions, token.user, status=JobStatus.COMPLETED, finished_at=six_days_ago)
    await make_job(sessions, token.user, status=JobStatus.FAILED)
    await make_job(sessions, token.user, status=JobStatus.CANCELLED, finished_at=long_ago)
    await make_job(sessions)  # of somebody else
    item = await make_content(sessions, token.user)
    await make_worker(sessions, "gpu-1")

    stats = (await client.get("/api/v1/stats")).json()

    none = dict.fromkeys(JobStatus, 0)
    assert stats["now"] == none | {"pending": 1, "failed": 1, "cancelled": 1, "completed": 1}
    assert stats["today"] == none | {"pending": 1, "failed": 1}
    assert stats["this_week"] == stats["today"] | {"completed": 1}
    assert stats["waiting"] == 2
    assert [worker["id"] for worker in stats["workers"]] == ["gpu-1"]
    assert item.id in [one["id"] for one in stats["latest"]]
    assert (stats["simulated"], stats["restart_to_use"]) == (False, None)
    assert stats["storage"]["free_bytes"] > 0
    assert stats["storage"]["is_nearly_full"] is False  # where there is no limit


async def test_stats_say_that_a_simulator_draws_and_that_a_restart_would_use_a_comfyui(
    parts: Parts, sessions: Sessions, token: Token
) -> None:
    url = "http://127.0.0.1:8188"
    await make_worker(sessions, "gpu-1", comfyui={"simulated": True})
    async with gateway_client(replace(parts, restart_to_use=lambda: url)) as client:
        stats = (await client.get("/api/v1/stats", headers=token.headers)).json()

    assert (stats["simulated"], stats["restart_to_use"]) == (True, url)


async def test_stats_say_that_the_media_store_is_nearly_full(
    parts: Parts, media: MediaStore, token: Token
) -> None:
    free = await media.free_bytes()
    assert free is not None
    room = StorageRoom(media, min_free=free // 2)
    async with gateway_client(replace(parts, storage_room=room)) as client:
        stats = (await client.get("/api/v1/stats", headers=token.headers)).json()

    assert stats["storage"]["is_nearly_full"] is True
    assert stats["storage"]["free_bytes"] > free // 2  # and jobs are still accepted


async def test_the_process_lives_and_says_what_it_lacks(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/healthz")).json() == {"status": "ok"}

    ready = await anonymous.get("/readyz")

    # No notifier runs here, and without it jobs are accepted all the same.
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "failing": [], "degraded": ["notifier"]}


async def test_the_interface_is_described_for_everybody(anonymous: httpx.AsyncClient) -> None:
    description = (await anonymous.get("/openapi.json")).json()

    submit = description["paths"]["/api/v1/generation-jobs"]["post"]
    assert "201" in submit["responses"]
    assert "application/problem+json" in submit["responses"]["4XX"]["content"]
    operations = [
        operation["operationId"]
        for path in description["paths"].values()
        for operation in path.values()
    ]
    assert len(operations) == len(set(operations))
    assert "HTTPValidationError" not in description["components"]["schemas"]
    assert "JobRequest" in description["components"]["schemas"]
    assert "/api/v1/content-items/{content_id}/image" in description["paths"]
