"""A gateway on a real database: asked in-process (`client`), or really served (`served`)."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from gateway.parts import Parts, assemble
from gateway.settings import Settings
from shared.db.engine import Sessions
from shared.media import MediaStore, open_media
from shared.workflows.load import load_workflows
from shared.workflows.workflow import Workflows
from tests.factories import Token, make_token, make_user
from tests.integration.gateway.running_gateway import Served, gateway_client, serving, settings_for


@pytest.fixture(scope="session")
def workflows() -> Workflows:
    return load_workflows()


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path / "media")


@pytest.fixture
def parts(settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows) -> Parts:
    return assemble(settings, sessions=sessions, media=media, workflows=workflows)


@pytest.fixture
async def token(sessions: Sessions) -> Token:
    return await make_token(sessions, await make_user(sessions, name="ada"))


@pytest.fixture
async def anonymous(parts: Parts) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway_client(parts) as client:
        yield client


@pytest.fixture
def client(anonymous: httpx.AsyncClient, token: Token) -> httpx.AsyncClient:
    """Signed in as ada, with a bearer token."""
    anonymous.headers.update(token.headers)
    return anonymous


@pytest.fixture
async def served(
    settings: Settings, sessions: Sessions, media: MediaStore, workflows: Workflows
) -> AsyncIterator[Served]:
    async with serving(settings, sessions=sessions, media=media, workflows=workflows) as gateway:
        yield gateway


@pytest.fixture
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with capture_logs() as entries:
        yield
    loud = [one for one in caplog.records if one.levelno >= logging.ERROR or one.exc_info]
    assert not loud, caplog.text
    assert not [one for one in entries if one["log_level"] in ("error", "critical")]
