"""The import's image, which is built when it is wanted, holds all that the import needs."""

import pytest

from tests.compose.project import CommandFailed, Project


async def test_the_import_reaches_the_old_database_from_its_container(project: Project) -> None:
    await project.compose("--profile", "tools", "build", "--quiet", "legacy-import")
    tool = ("run", "--rm", "-T", "--volume", "/dev/null:/old/a:ro", "legacy-import")
    # Darkroom's own database, by a user that it knows: a database, but no old one.
    password = await project.compose(
        "exec", "-T", "postgres", "cat", "/run/secrets/darkroom_password"
    )
    address = f"postgresql://darkroom:{password}@postgres/darkroom"
    with pytest.raises(CommandFailed, match="that is a database of Darkroom") as refused:
        await project.compose(*tool, "--from", address, "--files", "/was=/old", "--dry-run")
    assert "Traceback" not in str(refused.value)
