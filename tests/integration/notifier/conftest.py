from collections.abc import AsyncIterator

import pytest

from shared.bus.in_process import InProcessBus
from shared.db.engine import Sessions
from tests.factories import Token, make_token
from tests.integration.notifier.live import Client, Story, client, notifier


@pytest.fixture
async def bus() -> AsyncIterator[InProcessBus]:
    async with InProcessBus() as bus:
        yield bus


@pytest.fixture
async def port(sessions: Sessions, bus: InProcessBus) -> AsyncIterator[int]:
    async with notifier(sessions, bus, queue_seconds=3600) as port:
        await bus.until_connected()
        yield port


@pytest.fixture
def story(sessions: Sessions, bus: InProcessBus) -> Story:
    return Story(sessions, bus)


@pytest.fixture
async def token(sessions: Sessions) -> Token:
    return await make_token(sessions)


@pytest.fixture
async def stranger(sessions: Sessions) -> Token:
    return await make_token(sessions)


@pytest.fixture
async def one(port: int, token: Token) -> AsyncIterator[Client]:
    """A client that is connected."""
    async with client(port, token) as connected:
        yield connected
