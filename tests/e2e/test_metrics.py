"""What the alerts are about is exported by the running services, and says what is the case."""

import asyncio
import re
import urllib.request
from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func

from shared.db.engine import Sessions
from shared.db.tables import DeadLetter, OutboxRow, Worker
from shared.jobs import JobStatus
from tests.contracts.test_alerts import rules
from tests.e2e.cluster import Cluster
from tests.factories import make_job
from tests.infrastructure.processes import ChildProcess
from tests.infrastructure.waiting import until

pytestmark = [pytest.mark.slow]

SILENT = "darkroom_worker_silent_seconds"
NOT_TAKEN = "darkroom_publishes_not_taken_total"
BUSES = {
    "dispatcher": "dispatcher",
    "content": "content",
    "notifier": "notifier",
    "gpu-1": "worker gpu-1",
}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def metrics(child: ChildProcess) -> Samples:
    url = f"http://127.0.0.1:{child.health_port}/metrics"
    body = await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=10).read().decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


async def make_trouble(sessions: Sessions) -> None:
    """An old job that fits no worker, a dead letter, workers: silent, drained, long gone."""
    hour_ago = func.now() - timedelta(hours=1)
    await make_job(sessions, created_at=hour_ago, needs=["checkpoint/none.safetensors"])
    await make_job(sessions, created_at=hour_ago, not_before=func.now() + timedelta(hours=1))
    gone = await make_job(
        sessions, worker_id="silent", status=JobStatus.RUNNING, assigned_at=func.now()
    )
    async with sessions.begin() as session:
        session.add(DeadLetter(queue="reports", reason="rejected", body=b"{}"))
        session.add(DeadLetter(queue="reports", reason="rejected", body=b"{}", decision="discard"))
        for name, seen, wanted in (
            ("silent", timedelta(minutes=10), "run"),
            ("drained", timedelta(minutes=10), "drain"),
            ("of last week", timedelta(days=7), "run"),
        ):
            session.add(
                Worker(
                    id=name,
                    instance_id=uuid4(),
                    seq=1,
                    accepting=True,
                    ahead=2,
                    offers={},
                    comfyui={},
                    wanted=wanted,
                    last_seen_at=func.now() - seen,
                )
            )
        # Nobody has its queue, so the broker returns it.
        session.add(OutboxRow(job_id=gone.id, attempt=gone.attempt))


async def test_every_metric_of_the_alerts_is_exported_and_true(
    cluster: Cluster, sessions: Sessions
) -> None:
    cluster.timing = {"dispatcher": {"metrics": 0.2}}
    await cluster.start_one_of_each()
    await make_trouble(sessions)
    dispatcher = cluster.children["dispatcher"]

    async def has_looked() -> bool:
        found = await metrics(dispatcher)
        return (
            value(found, "darkroom_jobs_unfinished", status="pending") == 2
            and value(found, SILENT, worker="gpu-1") is not None
            and bool(value(found, NOT_TAKEN, type="generate", answer="returned"))
        )

    await until(has_looked, within=30)
    by_service = {
        name: await metrics(child)
        for name, child in cluster.children.items()
        if child.health_port is not None
    }

    told = by_service["dispatcher"]
    assert value(told, "darkroom_jobs_unfinished", status="running") == 1
    assert 3600 <= (value(told, "darkroom_jobs_oldest_pending_seconds") or 0) < 7200
    assert value(told, "darkroom_dead_letters_undecided") == 1
    silent, heard = (value(told, SILENT, worker=name) or 0 for name in ("silent", "gpu-1"))
    assert 3600 > silent >= 600 > heard
    assert value(told, SILENT, worker="drained") is None
    assert value(told, SILENT, worker="of last week") is None
    assert value(told, "darkroom_outbox_rows") == 0
    content = by_service["content"]
    assert (value(content, "darkroom_media_free_bytes") or 0) > 1 << 20
    assert value(content, "darkroom_media_min_free_bytes") == 1 << 30
    for name, bus in BUSES.items():
        assert value(by_service[name], "darkroom_broker_connected", bus=bus) == 1

    exported = {name for samples in by_service.values() for name, _ in samples}
    named = set(re.findall(r"darkroom_\w+", " ".join(rule["expr"] for rule in rules())))
    assert named <= exported
