from pathlib import Path

import pytest

from shared.media import MediaStore, open_media


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return open_media(str(tmp_path / "media"))
