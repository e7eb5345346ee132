from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.comfyui_worker.bench import Bench, bench


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Bench]:
    """A simulator, a peer and a media store; `place.worker()` adds the worker."""
    async with bench(tmp_path) as place:
        yield place
