"""`darkroom import-legacy`: how long for so many jobs with their content, and how much memory."""

import asyncio
import os
import secrets
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from tests.bench.figures import Figure, at_most
from tests.bench.ground import Ground, Place
from tests.bench.scale import Scale
from tests.infrastructure.processes import darkroom
from tests.integration.legacy_import.legacy_database import schema_of

SECONDS_AIMED_AT, MIB_AIMED_AT = 120, 300
USER = "11111111-1111-4111-8111-111111111111"

_FILL = f"""
    INSERT INTO users VALUES ('{USER}', 'anna', 'anna@example.org', now(), now(), NULL, true);
    INSERT INTO content_items (id, title, content_type, content_data, item_metadata, creator_id,
        created_at, updated_at, tags, is_private, prompt)
    SELECT n, 'title ' || n, 'image', '/srv/old/output/gen_job_' || n || '_00001_.png',
        jsonb_build_object('prompt', 'a lighthouse in fog ' || n, 'steps', 20), '{USER}',
        now() - n * interval '1 minute', now(), '["lighthouse", "fog"]', false,
        'a lighthouse in fog, number ' || n || repeat(', very detailed', 20)
    FROM generate_series(1, :jobs) AS n;
    INSERT INTO generation_jobs (id, user_id, job_type, prompt, status, created_at, updated_at,
        started_at, completed_at, result_content_id, parameters)
    SELECT n, '{USER}', 'image_generation',
        'a lighthouse in fog, number ' || n || repeat(', very detailed', 20), 'completed',
        now() - n * interval '1 minute', now(), now(), now() - n * interval '1 minute', n,
        jsonb_build_object('width', 512, 'height', 768, 'checkpoint_model', 'sd15.safetensors',
            'sampler_params', jsonb_build_object('seed', n, 'steps', 20, 'cfg', 7.0,
                'sampler_name', 'euler', 'scheduler', 'normal'),
            'lora_models', '[{{"name": "fog", "strength_model": 0.8}}]'::jsonb,
            'output_paths', jsonb_build_array('/srv/old/output/gen_job_' || n || '_00001_.png'))
    FROM generate_series(1, :jobs) AS n
"""


async def measure(ground: Ground, scale: Scale) -> list[Figure]:
    async with ground.place() as place, _legacy(ground, jobs=scale.legacy_jobs) as url:
        seconds, mib = await asyncio.to_thread(_import, place, url)
    return [
        Figure(
            f"{scale.legacy_jobs:,} jobs with content",
            seconds,
            "s",
            at_most(SECONDS_AIMED_AT),
            f"{scale.legacy_jobs / seconds:,.0f} jobs a second; without files",
        ),
        Figure("its largest resident memory", mib, "MiB", at_most(MIB_AIMED_AT)),
    ]


@asynccontextmanager
async def _legacy(ground: Ground, *, jobs: int) -> AsyncIterator[str]:
    name = f"legacy_{secrets.token_hex(4)}"
    server = await asyncpg.connect(ground.postgres.url("postgres").replace("+asyncpg", ""))
    try:
        await server.execute(f"CREATE DATABASE {name}")
        url = ground.postgres.url(name).replace("+asyncpg", "")
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(schema_of("A"))
            await connection.execute(_FILL.replace(":jobs", str(jobs)), timeout=300)
        finally:
            await connection.close()
        yield url
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await server.close()


def _import(place: Place, url: str) -> tuple[float, float]:
    """Seconds, and MiB."""
    directory = place.cluster.directory
    (directory / "outputs").mkdir()
    command = darkroom(
        "import-legacy", "--from", url, "--files", f"/srv/old/output={directory / 'outputs'}"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": place.cluster.database_url,
        "MEDIA_URL": str(directory / "media"),
    }
    with Path(directory / "import.log").open("wb") as log:
        began = time.monotonic()
        child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError((directory / "import.log").read_text())
    return seconds, used.ru_maxrss / 1024
