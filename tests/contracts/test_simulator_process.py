"""The simulator as a process of its own: ready in one line, killed for real, started again."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from PIL import Image

from tests.contracts.simulator_client import CHECKPOINT, PATIENCE, client_of, solid, text_to_image

REPOSITORY = Path(__file__).parents[2]


@asynccontextmanager
async def process(
    *options: str,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy.comfyui_simulator", "--port", "0", *options),
        *("--checkpoint", CHECKPOINT, "--lora", "ink.safetensors", "--load-seconds", "0"),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = (await child.stdout.readline()).decode()
        url = next(word.rstrip(",") for word in line.split() if word.startswith("http"))
        async with client_of(url) as http:
            yield child, http
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


async def until_done(http: httpx.AsyncClient, prompt_id: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while prompt_id not in (await http.get(f"/history/{prompt_id}")).json():
            await asyncio.sleep(0.01)


async def test_a_killed_process_loses_its_memory_and_keeps_its_files_and_journal(
    tmp_path: Path,
) -> None:
    output, journal = tmp_path / "output", tmp_path / "journal"
    options = ("--output-dir", str(output), "--journal", str(journal), "--step-seconds", "0.01")
    async with process(*options) as (child, http):
        await http.post("/prompt", json={"prompt": solid(prefix="a/x"), "prompt_id": "done"})
        await until_done(http, "done")
        endless = text_to_image(steps=10_000)
        await http.post("/prompt", json={"prompt": endless, "prompt_id": "killed"})
        async with asyncio.timeout(PATIENCE):
            while '"killed"' not in journal.read_text():
                await asyncio.sleep(0.01)
        child.kill()
        assert await child.wait() == -signal.SIGKILL

    async with process(*options) as (child, http):
        assert (await http.get("/history")).json() == {}
        assert (await http.get("/queue")).json() == {"queue_running": [], "queue_pending": []}
        Image.open(output / "a/x_00001_.png").load()
        child.terminate()
        assert await child.wait() == 0

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [(line["prompt_id"], line["outcome"]) for line in lines] == [
        ("done", "running"),
        ("done", "success"),
        ("killed", "running"),
    ]


async def test_the_request_that_ends_the_real_process_ends_this_one() -> None:
    async with process("--step-seconds", "0") as (child, http):
        await http.post("/prompt", json={"prompt": solid(), "client_id": ["me"]})

        async with asyncio.timeout(PATIENCE):
            assert await child.wait() == 1
