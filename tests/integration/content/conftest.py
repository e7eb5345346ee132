from pathlib import Path

import pytest

from shared.db.engine import Sessions
from shared.media import MediaStore, open_media
from tests.integration.content.one_service import Content


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return open_media(str(tmp_path / "media"))


@pytest.fixture
def content(sessions: Sessions, media: MediaStore) -> Content:
    return Content(sessions, media)
