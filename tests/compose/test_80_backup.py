"""Everything is written into one archive, thrown away, and put back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.compose.batch import Batch
from tests.compose.project import REPOSITORY, CommandFailed, Project

MANAGE = str(REPOSITORY / "deploy/compose/manage.sh")


async def test_a_restored_darkroom_is_the_one_that_was_backed_up(
    project: Project, batch: Batch, tmp_path: Path
) -> None:
    await batch.submit(6)
    await batch.completes(within=60)
    before = await what_is_there(batch)

    archive = await backed_up(project, tmp_path)
    await project.compose("--profile", "*", "down", "--volumes")
    await project.run(MANAGE, "restore", environment={"FROM": str(archive)})
    await project.run(MANAGE, "up")

    assert await what_is_there(batch) == before
    await batch.is_made_once()
    await batch.submit(4)  # and it goes on
    await batch.completes(within=60)


async def test_what_is_there_is_not_replaced_unasked(
    project: Project, batch: Batch, tmp_path: Path
) -> None:
    archive = await backed_up(project, tmp_path)
    with pytest.raises(CommandFailed, match="There are jobs in this Darkroom already"):
        await project.run(MANAGE, "restore", environment={"FROM": str(archive)})
    half = tmp_path / "half.tar"
    half.write_bytes(archive.read_bytes()[:5000])
    with pytest.raises(CommandFailed, match="not a whole archive"):
        await project.run(MANAGE, "restore", environment={"FROM": str(half), "OVERWRITE": "1"})
    assert "gateway" in await project.compose("ps", "--services", "--status", "running")
    await batch.submit(2)
    await batch.completes(within=60)


async def test_a_database_whose_passwords_are_gone_is_not_given_new_ones(
    project: Project, tmp_path: Path
) -> None:
    with pytest.raises(CommandFailed, match="but its passwords in"):
        await project.run(MANAGE, "up", environment={"SECRETS_DIR": str(tmp_path / "elsewhere")})


async def backed_up(project: Project, folder: Path) -> Path:
    await project.run(MANAGE, "backup", environment={"TO": str(folder)})
    (archive,) = await asyncio.to_thread(lambda: list(folder.glob("*")))
    return archive


async def what_is_there(batch: Batch) -> list[tuple[dict[str, Any], bytes]]:
    """Jobs, their images, and their bytes."""
    found = []
    for job in await batch.jobs():
        image = await batch.client.ask("GET", job["image_url"].removeprefix("/api/v1"))
        assert image.status_code == 200
        item = await batch.client.ask("GET", f"/content-items/{job['content_id']}")
        found.append((job | {"item": item.json()}, image.content))
    return found
